#pragma once

#include <string_view>

struct sqlite3;

/// What a schema may do that somebody else may have written: SQLite's
/// trusted_schema
/// (https://www.sqlite.org/src/doc/latest/doc/trusted-schema.md).
namespace sluice::storage {

/// Takes the trust in the schema from a connection where this SQLite can do
/// without: where it takes its own JSON functions and full-text tables for
/// innocuous. SQLite 3.40 does not, and would not even open a database with
/// JSON in a generated column; `may_be_in_schema` is all there is then.
///
/// Also makes MATCH and the functions of full-text search innocuous, which
/// look at nothing but their table, so that views and triggers can have them.
/// @return SQLite's result code.
[[nodiscard]] int distrust_schema(sqlite3* db) noexcept;

/// Whether distrust_schema takes effect.
[[nodiscard]] bool can_distrust_schema() noexcept;

/// Whether views and triggers may use a function, or a table: not what shows
/// or checks SQLite's own state.
[[nodiscard]] bool function_may_be_in_schema(std::string_view name) noexcept;
[[nodiscard]] bool table_may_be_in_schema(std::string_view name) noexcept;

} // namespace sluice::storage
