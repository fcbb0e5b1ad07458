#pragma once

#include "codec/json_writer.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"

#include <set>
#include <string>
#include <string_view>

/// The table `d1_migrations` of a database: which versioned changes of its
/// schema it has had, as `wrangler d1 migrations` keeps it. It is an ordinary
/// table: what touches it has a client's rights.
namespace sluice::storage {

/// The names of those that were applied; none where there is no such table.
[[nodiscard]] codec::result<std::set<std::string, std::less<>>>
applied_migrations(connection& connection, const execution_limits& limits);

/// Writes {"success":true,"migrations":[{"id","name","applied_at"}]}, in the
/// order in which they were applied.
[[nodiscard]] codec::result<execution>
list_migrations(connection& connection, const execution_limits& limits,
                codec::json_writer& out);

/// Notes that one was applied; makes the table where it is missing. In the
/// transaction that applies it.
[[nodiscard]] codec::result<void>
record_migration(connection& connection, const execution_limits& limits,
                 std::string_view name);

} // namespace sluice::storage
