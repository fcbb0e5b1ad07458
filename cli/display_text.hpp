#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text on a terminal.
namespace sluice::cli {

/// `text` with all that would move the cursor, or reorder what is read, turned
/// into an escape: line ends as \n, control characters as \x1b, marks of
/// direction as \u202e, and what is no UTF-8 as \xff.
[[nodiscard]] std::string printable(std::string_view text);

/// The same, but line ends, those with a carriage return too, and tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// Columns that printable UTF-8 takes: wide characters take two, marks that
/// combine with the character before them none.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` cut to `columns_max`, with `…` at the end where something was cut.
[[nodiscard]] std::string cut_to_width(std::string_view text,
                                       std::size_t columns_max);

} // namespace sluice::cli
