#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// A table, a virtual table or a view of a database.
struct database_table {
  std::string name;
  /// "table", "virtual" or "view".
  std::string type;
  /// Not of views, and not where the server could not count them.
  std::optional<std::uint64_t> rows = {};
};

/// See `client::call`.
using server_call = std::function<result<std::string>(std::string_view tail,
                                                      std::string_view body)>;

/// Those that users have made, by name, without their rows.
[[nodiscard]] result<std::vector<database_table>>
list_tables(const std::string& database, const server_call& call);

/// Counts the rows of a table, which may take as long as a scan of it.
/// @return nothing where that fails.
[[nodiscard]] std::optional<std::uint64_t>
count_rows(const std::string& database, const std::string& table,
           const server_call& call);

/// "name", with quotes doubled.
[[nodiscard]] std::string quoted_name(std::string_view name);

} // namespace sluice::cli
