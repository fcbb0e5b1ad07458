#include "storage/failed_checks.hpp"

#include "storage/connection.hpp"
#include "storage/sqlite_error.hpp"
#include "storage/statement.hpp"

#include <sqlite3.h>

#include <optional>

namespace sluice::storage {

namespace {

constexpr auto may_have_some
    = "SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE type = 'table' AND sql "
      "LIKE '%check%')";
constexpr auto some_fail
    = "SELECT EXISTS(SELECT 1 FROM pragma_quick_check WHERE quick_check LIKE "
      "'CHECK constraint failed in %')";

/// @return nothing where SQLite cannot tell.
std::optional<bool> ask(sqlite3* db, const char* question) {
  sqlite3_stmt* raw = nullptr;
  const auto prepared = sqlite3_prepare_v2(db, question, -1, &raw, nullptr);
  const auto owner = statement_handle{raw};
  if (prepared != SQLITE_OK || sqlite3_step(raw) != SQLITE_ROW)
    return std::nullopt;
  return sqlite3_column_int(raw, 0) != 0;
}

} // namespace

codec::result<bool> has_failed_checks(const std::string& path) {
  sqlite3* raw = nullptr;
  // Of a database that is open for reading only, SQLite leaves CHECKs out.
  const auto opened
      = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const auto db = connection_handle{raw};
  if (opened != SQLITE_OK
      || sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr)
             != SQLITE_OK)
    return std::unexpected{last_error(raw)};
  if (!ask(raw, may_have_some).value_or(true))
    return false;
  // A CHECK that cannot be computed lets nothing in, either.
  return ask(raw, some_fail).value_or(true);
}

} // namespace sluice::storage
