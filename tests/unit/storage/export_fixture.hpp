#pragma once

#include "storage/fts5_tokens.hpp"
#include "storage/sql_export.hpp"
#include "storage/sqlite_library.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::storage {

/// A database file to which nothing is forbidden.
class raw_database {
public:
  explicit raw_database(const std::string& path) {
    REQUIRE(set_up_library());
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    db_.reset(raw);
    run("PRAGMA foreign_keys = ON");
  }

  /// Lets it take lists of tokens, as a database in Sluice does.
  void know_tokens() const {
    REQUIRE(register_fts5_tokens(db_.get()) == SQLITE_OK);
  }

  void run(const std::string& sql) const {
    CAPTURE(sql.substr(0, 500));
    char* problem = nullptr;
    const auto done
        = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, &problem);
    const auto message = std::string{problem != nullptr ? problem : ""};
    sqlite3_free(problem);
    CHECK(message.empty());
    REQUIRE(done == SQLITE_OK);
  }

  /// All rows, each as its values' types and literals.
  [[nodiscard]] std::vector<std::string> rows(const std::string& sql) const {
    CAPTURE(sql);
    sqlite3_stmt* raw = nullptr;
    REQUIRE(sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr)
            == SQLITE_OK);
    const auto owner = statement_handle{raw};
    auto result = std::vector<std::string>{};
    while (sqlite3_step(raw) == SQLITE_ROW) {
      auto& row = result.emplace_back();
      for (auto i = 0; i < sqlite3_column_count(raw); ++i)
        row += value_in(raw, i) + "|";
    }
    return result;
  }

  [[nodiscard]] std::string first(const std::string& sql) const {
    const auto all = rows(sql);
    return all.empty() ? "(none)" : all.front();
  }

private:
  static std::string value_in(sqlite3_stmt* row, int i) {
    switch (sqlite3_column_type(row, i)) {
    case SQLITE_INTEGER:
      return "i" + std::to_string(sqlite3_column_int64(row, i));
    case SQLITE_FLOAT: {
      const auto x = sqlite3_column_double(row, i);
      auto bits = std::uint64_t{0};
      static_assert(sizeof(bits) == sizeof(x));
      std::memcpy(&bits, &x, sizeof(bits));
      return "r" + std::to_string(bits);
    }
    case SQLITE_NULL:
      return "null";
    default:
      break;
    }
    const auto* data = static_cast<const char*>(sqlite3_column_blob(row, i));
    const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(row, i));
    return (sqlite3_column_type(row, i) == SQLITE_TEXT ? "t" : "b")
           + std::string{data != nullptr ? data : "", bytes};
  }

  connection_handle db_;
};

struct export_fixture {
  codec::result<sql_export_progress> try_export() {
    text.clear();
    return export_sql(source_path, options,
                      {.on_text = [this](std::string_view piece) {
                        text += piece;
                        return codec::result<void>{};
                      }});
  }
  /// The text, executed in a new database.
  /// @param knows_tokens as one in Sluice does, and no other.
  raw_database import(bool knows_tokens = false) {
    REQUIRE(failure_of(try_export()) == "none");
    std::filesystem::remove(copy_path);
    auto copy = raw_database{copy_path};
    if (knows_tokens)
      copy.know_tokens();
    copy.run("BEGIN");
    copy.run(text);
    copy.run("COMMIT");
    CHECK(copy.first("PRAGMA integrity_check") == "tok|");
    return copy;
  }
  void expect_same(const raw_database& copy, const std::string& sql) const {
    CHECK(copy.rows(sql) == source.rows(sql));
  }
  /// Schema, and the rows of these tables.
  void expect_equal(const raw_database& copy,
                    const std::vector<std::string>& tables) const {
    expect_same(copy, "SELECT type, name, tbl_name, sql FROM sqlite_schema "
                      "ORDER BY type, name");
    for (const auto& table : tables)
      expect_same(copy, "SELECT * FROM " + table);
  }

  tests::temporary_directory folder;
  std::string source_path = (folder.path() / "source.sqlite").string();
  std::string copy_path = (folder.path() / "copy.sqlite").string();
  sql_export_options options;
  std::string text;
  raw_database source{source_path};
};

} // namespace sluice::storage
