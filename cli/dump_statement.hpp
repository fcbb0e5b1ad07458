#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::cli {

/// Statements in the dumps of databases that are about the connection which
/// reads them, and not about the data.
enum class dump_statement : std::uint8_t {
  ordinary,
  transaction,     ///< BEGIN, COMMIT, END.
  rollback,        ///< ROLLBACK: sqlite3's .dump met an error.
  foreign_keys,    ///< PRAGMA foreign_keys = …
  check_later,     ///< PRAGMA defer_foreign_keys = TRUE
  check_now,       ///< PRAGMA defer_foreign_keys = FALSE
  writable_schema, ///< PRAGMA writable_schema = …
};

/// @param sql one statement, from its first word.
[[nodiscard]] dump_statement classify_dump_statement(std::string_view sql);

} // namespace sluice::cli
