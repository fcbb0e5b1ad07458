#pragma once

#include <string_view>

namespace sluice::fuzz {

/// Tells libFuzzer what SQLite, which is not instrumented, makes of a text: the
/// kinds of instructions that it compiles to, or the kind of its error.
void note_sql_coverage(std::string_view sql);

/// Tells it nothing more: what guides the search would store too many inputs.
void ignore_sql_coverage() noexcept;

} // namespace sluice::fuzz
