#include "storage/connection_setup.hpp"

#include "storage/format_function.hpp"
#include "storage/fts5_tokens.hpp"
#include "storage/json_patch.hpp"
#include "storage/schema_trust.hpp"
#include "storage/search_functions.hpp"
#include "storage/sqlite_error.hpp"
#include "storage/text_functions.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <string>

namespace sluice::storage {

namespace {

/// Runs `sql` and gives the first column of its first row as text.
codec::result<std::string> ask(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const auto rc = sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr);
  const auto prepared = statement_handle{raw};
  if (rc != SQLITE_OK)
    return std::unexpected{last_error(db)};
  auto result = std::string{};
  auto step = sqlite3_step(raw);
  if (step == SQLITE_ROW) {
    if (const auto* text = sqlite3_column_text(raw, 0); text != nullptr)
      result = reinterpret_cast<const char*>(text);
    while (step == SQLITE_ROW)
      step = sqlite3_step(raw);
  }
  if (step != SQLITE_DONE)
    return std::unexpected{last_error(db)};
  return result;
}

/// Sets a PRAGMA and checks that the setting took.
codec::result<void> require(sqlite3* db, const std::string& pragma,
                            const std::string& value,
                            const std::string& expected) {
  if (auto set = ask(db, "PRAGMA " + pragma + " = " + value); !set)
    return std::unexpected{set.error()};
  auto actual = ask(db, "PRAGMA " + pragma);
  if (!actual)
    return std::unexpected{actual.error()};
  if (*actual != expected)
    return codec::fail(codec::error_code::storage,
                       "SQLite has " + pragma + " = " + *actual + " where "
                           + expected + " was asked for");
  return {};
}

int clamp_int(std::uint64_t x) {
  return static_cast<int>(
      std::min<std::uint64_t>(x, std::numeric_limits<int>::max()));
}

void set_limits(sqlite3* db, const config::limit_settings& limits) {
  const auto set = [db](int what, std::uint64_t value) {
    // Returns the former limit.
    sqlite3_limit(db, what, clamp_int(value));
  };
  set(SQLITE_LIMIT_LENGTH, limits.row_bytes_max);
  set(SQLITE_LIMIT_SQL_LENGTH, limits.sql_bytes_max);
  set(SQLITE_LIMIT_COLUMN, limits.columns_max);
  set(SQLITE_LIMIT_VARIABLE_NUMBER, limits.parameters_max);
  set(SQLITE_LIMIT_FUNCTION_ARG, limits.function_arguments_max);
  set(SQLITE_LIMIT_LIKE_PATTERN_LENGTH, limits.like_pattern_bytes_max);
  set(SQLITE_LIMIT_ATTACHED, 0);
  set(SQLITE_LIMIT_WORKER_THREADS, 0);
}

codec::result<void> harden(sqlite3* db) {
  const auto configure = [db](int what, int value) {
    return sqlite3_db_config(db, what, value, nullptr) == SQLITE_OK;
  };
  if (!configure(SQLITE_DBCONFIG_DEFENSIVE, 1)
      || !configure(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
      || !configure(SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0)
      || !configure(SQLITE_DBCONFIG_DQS_DDL, 0)
      || distrust_schema(db) != SQLITE_OK)
    return std::unexpected{last_error(db)};
  return {};
}

codec::result<void> set_up_writer(sqlite3* db,
                                  const connection_options& options) {
  const auto full = options.durability == config::durability::full;
  if (auto set = require(db, "journal_mode", "WAL", "wal"); !set)
    return set;
  if (auto set
      = require(db, "synchronous", full ? "FULL" : "NORMAL", full ? "2" : "1");
      !set)
    return set;
  // Only the writer checkpoints, after it has replied.
  if (auto set = require(db, "wal_autocheckpoint", "0", "0"); !set)
    return set;
  // Debian's SQLite overwrites each page that is freed: dropping a table would
  // write, and keep for an undo, as much as the table is large (ADR 0044).
  if (auto set = require(db, "secure_delete", "FAST", "2"); !set)
    return set;
  auto page_size = ask(db, "PRAGMA page_size");
  if (!page_size)
    return std::unexpected{page_size.error()};
  const auto pages = database_pages_max(options.limits.database_bytes_max,
                                        std::stoull(*page_size));
  // Larger than what SQLite can have, it stays at SQLite's own bound.
  auto set = ask(db, "PRAGMA max_page_count = " + std::to_string(pages));
  if (!set)
    return std::unexpected{set.error()};
  return {};
}

} // namespace

std::uint64_t database_pages_max(std::uint64_t bytes_max,
                                 std::uint64_t page_bytes) noexcept {
  return std::clamp<std::uint64_t>(bytes_max / page_bytes, 16, 4'294'967'294);
}

codec::result<void> set_up(sqlite3* db, const connection_options& options) {
  const auto busy_ms = clamp_int(options.sqlite.busy_timeout_ms);
  if (sqlite3_extended_result_codes(db, 1) != SQLITE_OK
      || sqlite3_busy_timeout(db, busy_ms) != SQLITE_OK)
    return std::unexpected{last_error(db)};
  if (auto hardened = harden(db); !hardened)
    return hardened;
  if (register_format_function(db) != SQLITE_OK
      || register_text_functions(db) != SQLITE_OK
      || register_json_patch(db) != SQLITE_OK
      || register_search_functions(db) != SQLITE_OK
      || register_fts5_tokens(db) != SQLITE_OK)
    return std::unexpected{last_error(db)};
  if (options.access == access::writer)
    if (auto set = set_up_writer(db, options); !set)
      return set;
  if (options.access == access::reader)
    if (auto set = require(db, "query_only", "ON", "1"); !set)
      return set;
  const auto cache_kib
      = std::max<std::uint32_t>(options.sqlite.cache_bytes_max / 1024, 64);
  for (const auto& [pragma, value, expected] :
       {std::tuple<std::string, std::string, std::string>{"foreign_keys", "ON",
                                                          "1"},
        {"recursive_triggers", "OFF", "0"},
        // Bounded by limits.request_temporary_bytes_max.
        {"temp_store", "FILE", "1"},
        {"cache_size", "-" + std::to_string(cache_kib),
         "-" + std::to_string(cache_kib)}})
    if (auto set = require(db, pragma, value, expected); !set)
      return set;
  // SQLite may give less than asked for.
  if (auto set = ask(db, "PRAGMA mmap_size = "
                             + std::to_string(options.sqlite.mmap_bytes_max));
      !set)
    return std::unexpected{set.error()};
  set_limits(db, options.limits);
  return {};
}

} // namespace sluice::storage
