#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace sluice::bench {

namespace {

/// Characters of UTF-8, none of which is wide here.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  }));
}

} // namespace

std::string aligned(const std::vector<std::vector<std::string>>& rows,
                    std::size_t texts) {
  auto widths = std::vector<std::size_t>{};
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (auto column = std::size_t{0}; column < row.size(); ++column)
      widths[column] = std::max(widths[column], width_of(row[column]));
  }
  auto result = std::string{};
  for (const auto& row : rows) {
    for (auto column = std::size_t{0}; column < row.size(); ++column) {
      const auto padding = widths[column] - width_of(row[column]);
      result.append(column == 0 ? "" : "  ");
      if (column >= texts)
        result.append(padding, ' ');
      result.append(row[column]);
      // No spaces at the end of a line.
      if (column < texts && column + 1 < row.size())
        result.append(padding, ' ');
    }
    result.push_back('\n');
  }
  return result;
}

std::string figure_words(double value) {
  if (value < 100)
    return fmt::format("{:.1f}", value);
  auto result = fmt::format("{:.0f}", value);
  for (auto at = result.size(); at > 3;) {
    at -= 3;
    result.insert(at, 1, ' ');
  }
  return result;
}

} // namespace sluice::bench
