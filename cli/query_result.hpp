#pragma once

#include "cli/failure.hpp"
#include "cli/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// One statement's result, made for people.
struct query_result {
  std::vector<std::string> columns;
  /// NULL as NULL, BLOBs as x'…'.
  std::vector<std::vector<cell>> rows;
  double duration_ms = 0;
  std::int64_t changes = 0;
};

/// Reads a reply in the format ROWS_AND_COLUMNS, to one statement or to a
/// batch.
[[nodiscard]] result<std::vector<query_result>>
read_query_reply(std::string_view json);

/// A table and a line like "3 rows in 0.42 ms".
/// @param columns_max width of the terminal; 0: nothing is cut.
[[nodiscard]] std::string render(const query_result& result,
                                 std::size_t columns_max);

/// "0.42 ms", "12.5 ms", "3.10 s"
[[nodiscard]] std::string duration_words(double ms);

/// "1 row", "3 rows"
[[nodiscard]] std::string count_words(std::uint64_t count,
                                      std::string_view thing);

} // namespace sluice::cli
