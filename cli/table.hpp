#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::cli {

/// What stands in one place of a table.
struct cell {
  std::string text;
  /// Numbers stand at the right.
  bool is_number = false;
};

/// Rows under column names, aligned for people:
///
///     id | name
///     ---+-----
///      7 | Ann
class table {
public:
  explicit table(std::vector<std::string> columns);

  /// @param row has as many cells as there are columns; texts may hold
  ///   anything.
  void add_row(std::vector<cell> row);

  [[nodiscard]] std::size_t row_count() const noexcept;

  /// @param columns_max width of the terminal, where the widest columns are
  ///   cut to fit in; 0: nothing is cut.
  [[nodiscard]] std::string render(std::size_t columns_max) const;

private:
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t columns_max) const;

  std::vector<std::string> columns_;
  std::vector<std::vector<cell>> rows_;
};

} // namespace sluice::cli
