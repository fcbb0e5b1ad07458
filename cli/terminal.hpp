#pragma once

#include <cstddef>
#include <string_view>

/// Where output goes.
namespace sluice::cli {

[[nodiscard]] bool stdin_is_terminal() noexcept;
[[nodiscard]] bool stdout_is_terminal() noexcept;
[[nodiscard]] bool stderr_is_terminal() noexcept;

/// Columns of the terminal that standard output is; 0 if it is none.
[[nodiscard]] std::size_t stdout_columns() noexcept;
/// The same of standard error.
[[nodiscard]] std::size_t stderr_columns() noexcept;

/// Writes each line of `message` to standard error as `sluice: <line>`.
void complain(std::string_view message);

/// Writes to standard output; to a terminal so that only line ends and tabs do
/// anything.
void print(std::string_view text);

/// Sends what was printed on its way.
void flush_output() noexcept;

/// Whether what was printed until now could be written, as far as is known.
[[nodiscard]] bool can_print() noexcept;

/// Whether all that was printed went out; says so on standard error if not.
[[nodiscard]] bool finish_output();

} // namespace sluice::cli
