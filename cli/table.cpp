#include "cli/table.hpp"

#include "cli/display_text.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

namespace sluice::cli {

namespace {

constexpr auto separator = std::string_view{" | "};
/// Below this a column tells nothing any more; rather let the line wrap.
constexpr auto column_width_min = std::size_t{4};

/// The largest width for a column with which all of them fit.
std::size_t width_that_fits(const std::vector<std::size_t>& widths,
                            std::size_t available) {
  auto limit = std::min(*std::ranges::max_element(widths),
                        std::max(available, column_width_min));
  const auto total = [&widths](std::size_t width_max) {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0},
                           [width_max](std::size_t sum, std::size_t width) {
                             return sum + std::min(width, width_max);
                           });
  };
  while (limit > column_width_min && total(limit) > available)
    --limit;
  return limit;
}

void append_aligned(std::string& out, std::string_view text, std::size_t width,
                    bool is_right) {
  const auto cut = cut_to_width(text, width);
  const auto blank = std::string(width - display_width(cut), ' ');
  out.append(is_right ? blank : cut).append(is_right ? cut : blank);
}

/// Spaces at a line's end help nobody who copies it.
void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out.push_back('\n');
}

} // namespace

table::table(std::vector<std::string> columns) : columns_{std::move(columns)} {
  for (auto& name : columns_)
    name = printable(name);
}

void table::add_row(std::vector<cell> row) {
  assert(row.size() == columns_.size());
  for (auto& place : row)
    place.text = printable(place.text);
  rows_.push_back(std::move(row));
}

std::size_t table::row_count() const noexcept {
  return rows_.size();
}

std::vector<std::size_t> table::widths(std::size_t columns_max) const {
  auto result = std::vector<std::size_t>{};
  for (const auto& name : columns_)
    result.push_back(display_width(name));
  for (const auto& row : rows_)
    for (auto i = std::size_t{0}; i < row.size(); ++i)
      result[i] = std::max(result[i], display_width(row[i].text));
  const auto between = separator.size() * (columns_.size() - 1);
  if (columns_max == 0)
    return result;
  const auto available = columns_max - std::min(columns_max, between);
  const auto limit = width_that_fits(result, available);
  for (auto& width : result)
    width = std::min(width, limit);
  return result;
}

std::string table::render(std::size_t columns_max) const {
  if (columns_.empty())
    return {};
  const auto width = widths(columns_max);
  auto out = std::string{};
  for (auto i = std::size_t{0}; i < columns_.size(); ++i) {
    out.append(i == 0 ? std::string_view{} : separator);
    append_aligned(out, columns_[i], width[i], false);
  }
  end_line(out);
  for (auto i = std::size_t{0}; i < columns_.size(); ++i)
    out.append(i == 0 ? "" : "-+-").append(width[i], '-');
  out.push_back('\n');
  for (const auto& row : rows_) {
    for (auto i = std::size_t{0}; i < row.size(); ++i) {
      out.append(i == 0 ? std::string_view{} : separator);
      append_aligned(out, row[i].text, width[i], row[i].is_number);
    }
    end_line(out);
  }
  return out;
}

} // namespace sluice::cli
