#pragma once

#include <string_view>

namespace sluice::fuzz {

/// What each fuzzer implements: does with `input` what its subject does with a
/// client's bytes, and reports what must not be as a finding. The same input
/// must do the same again, whatever came before it.
/// @return whether other inputs may be made of it.
bool run_input(std::string_view input);

} // namespace sluice::fuzz
