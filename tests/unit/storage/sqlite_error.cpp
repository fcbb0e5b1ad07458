#include "storage/sqlite_error.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <array>

namespace sluice::storage {

namespace {

using codec::error_code;

struct row {
  int code;
  std::string_view name;
  error_code expected;
};

constexpr auto table = std::array{
    row{SQLITE_ERROR, "SQLITE_ERROR", error_code::sql_error},
    row{SQLITE_RANGE, "SQLITE_RANGE", error_code::sql_error},
    row{SQLITE_MISMATCH, "SQLITE_MISMATCH", error_code::sql_error},
    row{SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE",
        error_code::conflict},
    row{SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY",
        error_code::conflict},
    row{SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID",
        error_code::conflict},
    row{SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT", error_code::constraint},
    row{SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL",
        error_code::constraint},
    row{SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK",
        error_code::constraint},
    row{SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY",
        error_code::constraint},
    row{SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER",
        error_code::constraint},
    row{SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE",
        error_code::constraint},
    row{SQLITE_AUTH, "SQLITE_AUTH", error_code::not_authorized},
    row{SQLITE_TOOBIG, "SQLITE_TOOBIG", error_code::too_large},
    row{SQLITE_INTERRUPT, "SQLITE_INTERRUPT", error_code::timeout},
    row{SQLITE_FULL, "SQLITE_FULL", error_code::storage},
    row{SQLITE_IOERR, "SQLITE_IOERR", error_code::storage},
    row{SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC", error_code::storage},
    row{SQLITE_CORRUPT, "SQLITE_CORRUPT", error_code::storage},
    row{SQLITE_CORRUPT_VTAB, "SQLITE_CORRUPT_VTAB", error_code::storage},
    row{SQLITE_NOTADB, "SQLITE_NOTADB", error_code::storage},
    row{SQLITE_CANTOPEN, "SQLITE_CANTOPEN", error_code::storage},
    row{SQLITE_READONLY, "SQLITE_READONLY", error_code::storage},
    row{SQLITE_BUSY, "SQLITE_BUSY", error_code::unavailable},
    row{SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT", error_code::unavailable},
    row{SQLITE_LOCKED, "SQLITE_LOCKED", error_code::unavailable},
    row{SQLITE_NOMEM, "SQLITE_NOMEM", error_code::internal},
    row{SQLITE_MISUSE, "SQLITE_MISUSE", error_code::internal},
};

/// Fails with each kind of constraint.
constexpr auto schema = std::string_view{
    "CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT "
    "NOT NULL DEFAULT '', age CHECK(age > 0), boss REFERENCES users(id));"
    "CREATE TABLE typed(x INTEGER) STRICT;"
    "CREATE TRIGGER users_ad BEFORE DELETE ON users BEGIN SELECT "
    "RAISE(ABORT, 'users stay'); END;"
    "INSERT INTO users(id, email) VALUES (1, 'a@example.com')"};

} // namespace

TEST_CASE("each result code has its name and its error",
          "[storage][sqlite_error]") {
  for (const auto& [code, name, expected] : table) {
    CAPTURE(name);
    CHECK(result_code_name(code) == name);
    CHECK(classify(code) == expected);
  }
  CHECK(result_code_name(12'345) == "SQLITE_UNKNOWN");
}

TEST_CASE("an error without a handle is worded with its context",
          "[storage][sqlite_error]") {
  const auto failure = error_of(SQLITE_IOERR_FSYNC, "cannot open");
  CHECK(failure.code == error_code::storage);
  CHECK(failure.message
        == "cannot open: disk I/O error: SQLITE_IOERR (extended: "
           "SQLITE_IOERR_FSYNC)");
  CHECK(failure.sqlite_code == SQLITE_IOERR_FSYNC);
  CHECK(failure.fault == codec::fault_kind::shortage);
}

TEST_CASE("an error tells whose fault it is, and what SQLite said",
          "[storage][sqlite_error]") {
  using codec::fault_kind;
  CHECK(fault_of(SQLITE_CORRUPT) == fault_kind::damage);
  CHECK(fault_of(SQLITE_CORRUPT_VTAB) == fault_kind::request);
  CHECK(fault_of(SQLITE_FULL) == fault_kind::shortage);
  CHECK(fault_of(SQLITE_CANTOPEN) == fault_kind::server);
  CHECK(fault_of(SQLITE_CONSTRAINT_UNIQUE) == fault_kind::request);
  auto database = test_database{};
  const auto asked = database.read("SELECT y");
  REQUIRE_FALSE(asked.done);
  CHECK(asked.done.error().fault == fault_kind::request);
  CHECK(asked.done.error().sqlite_code == SQLITE_ERROR);
  CHECK(asked.done.error().system_code == 0);
  const auto missing
      = connection::open(database.path() + "/none", writer_options());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().fault != fault_kind::damage);
}

TEST_CASE("errors in SQL have D1's words and the offset",
          "[storage][sqlite_error]") {
  auto database = test_database{};
  REQUIRE(database.exec("CREATE TABLE a(x)").failure() == "none");
  // Newer versions of SQLite know the offset here too: 14.
  const auto missing = database.read("SELECT * FROM t").failure();
  CHECK(missing.starts_with("sql_error: no such table: t"));
  CHECK(missing.ends_with(": SQLITE_ERROR"));
  CHECK(database.read("SELECT y FROM a").failure()
        == "sql_error: no such column: y at offset 7: SQLITE_ERROR");
  CHECK(database.read("SELEC 1").failure()
        == "sql_error: near \"SELEC\": syntax error at offset 0: "
           "SQLITE_ERROR");
  CHECK(database.read("SELECT").failure()
        == "sql_error: incomplete input: SQLITE_ERROR");
  CHECK(database.read("SELECT no_such()").failure()
        == "sql_error: no such function: no_such at offset 7: SQLITE_ERROR");
}

TEST_CASE("the offset counts from the beginning of the text",
          "[storage][sqlite_error]") {
  auto database = test_database{};
  CHECK(database.read("  SELECT y").failure()
        == "sql_error: no such column: y at offset 9: SQLITE_ERROR");
  CHECK(database.read("-- a\nSELECT y").failure()
        == "sql_error: no such column: y at offset 12: SQLITE_ERROR");
  CHECK(database.read("SELECT 1; SELECT y").failure()
        == "sql_error: no such column: y at offset 17: SQLITE_ERROR");
}

TEST_CASE("violated constraints have D1's words", "[storage][sqlite_error]") {
  auto database = test_database{};
  REQUIRE(database.exec(schema).failure() == "none");
  const auto failure = [&](std::string_view sql) {
    return database.write(sql).failure();
  };
  CHECK(failure("INSERT INTO users(email) VALUES ('a@example.com')")
        == "conflict: UNIQUE constraint failed: users.email: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)");
  const auto taken
      = database.write("INSERT INTO users(email) VALUES ('a@example.com')")
            .done.error();
  CHECK(taken.violates == codec::constraint_kind::unique);
  CHECK(taken.columns == "users.email");
  CHECK(
      database.write("INSERT INTO users(age) VALUES (0)").done.error().violates
      == codec::constraint_kind::check);
  CHECK(database.write("INSERT INTO users(boss) VALUES (99)")
            .done.error()
            .violates
        == codec::constraint_kind::foreign_key);
  CHECK(database.write("SELECT missing").done.error().violates
        == codec::constraint_kind::none);
  CHECK(failure("INSERT INTO users(id) VALUES (1)")
        == "conflict: UNIQUE constraint failed: users.id: SQLITE_CONSTRAINT "
           "(extended: SQLITE_CONSTRAINT_PRIMARYKEY)");
  CHECK(failure("INSERT INTO users(name) VALUES (NULL)")
        == "constraint: NOT NULL constraint failed: users.name: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)");
  CHECK(failure("INSERT INTO users(age) VALUES (0)")
        == "constraint: CHECK constraint failed: age > 0: SQLITE_CONSTRAINT "
           "(extended: SQLITE_CONSTRAINT_CHECK)");
  CHECK(failure("INSERT INTO users(boss) VALUES (99)")
        == "constraint: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT "
           "(extended: SQLITE_CONSTRAINT_FOREIGNKEY)");
  CHECK(failure("DELETE FROM users")
        == "constraint: users stay: SQLITE_CONSTRAINT (extended: "
           "SQLITE_CONSTRAINT_TRIGGER)");
  CHECK(failure("INSERT INTO typed VALUES ('a')")
        == "constraint: cannot store TEXT value in INTEGER column typed.x: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_DATATYPE)");
}

TEST_CASE("an error does not carry the offset of the one before",
          "[storage][sqlite_error]") {
  auto database = test_database{};
  REQUIRE(database.exec(schema).failure() == "none");
  CHECK(database.write("SELECT y").failure()
        == "sql_error: no such column: y at offset 7: SQLITE_ERROR");
  CHECK(database.write("INSERT INTO users(id) VALUES (1)").failure()
        == "conflict: UNIQUE constraint failed: users.id: SQLITE_CONSTRAINT "
           "(extended: SQLITE_CONSTRAINT_PRIMARYKEY)");
}

TEST_CASE("an error while a statement runs is an sql_error",
          "[storage][sqlite_error]") {
  auto database = test_database{};
  CHECK(database.read("SELECT abs(-9223372036854775808)").failure()
        == "sql_error: integer overflow: SQLITE_ERROR");
  CHECK(database.read("SELECT json_extract('{', '$')").failure()
        == "sql_error: malformed JSON: SQLITE_ERROR");
}

TEST_CASE("an error that quotes what is no UTF-8 is UTF-8",
          "[storage][sqlite_error]") {
  auto database = test_database{};
  const auto path = std::string{"SELECT json_extract('{}', CAST(x'24ff' AS "
                                "TEXT))"};
  CHECK(database.read(path).failure()
        == "sql_error: JSON path error near '\xef\xbf\xbd': SQLITE_ERROR");
}

} // namespace sluice::storage
