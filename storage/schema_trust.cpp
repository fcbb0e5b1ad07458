#include "storage/schema_trust.hpp"

#include "storage/connection.hpp"
#include "storage/letter_case.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace sluice::storage {

namespace {

using namespace std::string_view_literals;

/// Those of the distributions' SQLite that are neither innocuous, nor the
/// JSON functions, nor those of search below.
constexpr auto functions_for_clients_only = std::array{
    "fts3_tokenizer"sv, "fts5"sv,       "fts5_source_id"sv, "load_extension"sv,
    "optimize"sv,       "rtreecheck"sv, "rtreedepth"sv,     "rtreenode"sv};

struct search_function {
  const char* name;
  int arguments;
};

constexpr auto search_functions = std::array{
    search_function{"match", 2},      search_function{"bm25", -1},
    search_function{"highlight", -1}, search_function{"snippet", -1},
    search_function{"offsets", 1},    search_function{"matchinfo", 1},
    search_function{"matchinfo", 2}};

/// Stands where a full-text table does not put its own in the place.
void refuse_call(sqlite3_context* context, int, sqlite3_value**) noexcept {
  sqlite3_result_error(
      context, "MATCH and the functions of search need a full-text table", -1);
}

int allow_search_functions(sqlite3* db) noexcept {
  for (const auto& [name, arguments] : search_functions)
    if (const auto done = sqlite3_create_function_v2(
            db, name, arguments, SQLITE_UTF8 | SQLITE_INNOCUOUS, nullptr,
            refuse_call, nullptr, nullptr, nullptr);
        done != SQLITE_OK)
      return done;
  return SQLITE_OK;
}

/// Tries it with a database in memory.
bool try_without_trust() noexcept {
  sqlite3* raw = nullptr;
  const auto opened = sqlite3_open(":memory:", &raw);
  const auto handle = connection_handle{raw};
  if (opened != SQLITE_OK
      || sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr)
             != SQLITE_OK)
    return false;
  for (const auto* sql :
       {"CREATE TABLE j(x, y AS (json(x)))",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "CREATE VIEW v AS SELECT x FROM f", "SELECT x FROM v"})
    if (sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      return false;
  return true;
}

} // namespace

bool can_distrust_schema() noexcept {
  static const auto can = try_without_trust();
  return can;
}

int distrust_schema(sqlite3* db) noexcept {
  const auto trusted = can_distrust_schema() ? 0 : 1;
  if (const auto done
      = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, trusted, nullptr);
      done != SQLITE_OK)
    return done;
  return allow_search_functions(db);
}

bool function_may_be_in_schema(std::string_view name) noexcept {
  return std::ranges::none_of(functions_for_clients_only, [name](auto known) {
    return equals_ignoring_case(known, name);
  });
}

bool table_may_be_in_schema(std::string_view name) noexcept {
  return !starts_with_ignoring_case(name, "pragma_")
         && !equals_ignoring_case(name, "fts3tokenize")
         && !equals_ignoring_case(name, "dbstat");
}

} // namespace sluice::storage
