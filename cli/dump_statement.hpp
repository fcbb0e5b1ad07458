#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Statements in the dumps of databases that are about the connection which
/// reads them, and not about the data.
enum class dump_statement : std::uint8_t {
  ordinary,
  transaction,     ///< BEGIN, COMMIT, END.
  rollback,        ///< ROLLBACK: sqlite3's .dump met an error.
  keys_off,        ///< PRAGMA foreign_keys = OFF
  keys_on,         ///< PRAGMA foreign_keys = ON
  check_later,     ///< PRAGMA defer_foreign_keys = TRUE
  check_now,       ///< PRAGMA defer_foreign_keys = FALSE
  writable_schema, ///< PRAGMA writable_schema = …
  setting,         ///< A PRAGMA that ends with its request.
  of_connection,   ///< A PRAGMA that means nothing to others.
};

/// @param sql one statement, from its first word.
[[nodiscard]] dump_statement classify_dump_statement(std::string_view sql);

/// Of a `setting` or a PRAGMA `of_connection`, its name in lower case.
[[nodiscard]] std::string pragma_name(std::string_view sql);

/// Whether a statement does no more than to add a table, an index, a view or
/// rows, so that in a new database no row of others changes by it, whatever
/// foreign keys say. Says no where it is not sure.
[[nodiscard]] bool only_adds(std::string_view sql);

/// Whether a statement begins with CREATE.
[[nodiscard]] bool makes_something(std::string_view sql);

/// How many tables there are more behind a statement: 1 for CREATE TABLE, -1
/// for DROP TABLE.
[[nodiscard]] int tables_more(std::string_view sql);

} // namespace sluice::cli
