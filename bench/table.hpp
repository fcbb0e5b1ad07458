#pragma once

#include <string>
#include <vector>

namespace sluice::bench {

/// Rows of cells in aligned columns: texts to the left, figures to the right.
/// @param rows the first is the heading; all of one size.
/// @param texts how many columns, from the left, hold texts.
[[nodiscard]] std::string
aligned(const std::vector<std::vector<std::string>>& rows, std::size_t texts);

/// "109 000", or below 100 "3.1".
[[nodiscard]] std::string figure_words(double value);

} // namespace sluice::bench
