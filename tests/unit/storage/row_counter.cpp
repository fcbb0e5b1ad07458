#include "storage/row_counter.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

/// A database with a schema; counts what one statement writes in it.
class counting_database {
public:
  explicit counting_database(std::string_view schema) {
    const auto made = database_.exec(schema);
    INFO(made.failure());
    REQUIRE(made.done);
  }

  std::int64_t written(std::string_view sql) {
    const auto done = database_.write(sql);
    INFO(done.failure());
    REQUIRE(done.done);
    return done.meta("rows_written");
  }

private:
  test_database database_;
};

} // namespace

TEST_CASE("a table without an index counts its rows only",
          "[storage][row_counter]") {
  auto database = counting_database{"CREATE TABLE t(a, b)"};
  CHECK(database.written("INSERT INTO t VALUES (1, 2), (3, 4)") == 2);
  CHECK(database.written("UPDATE t SET a = b") == 2);
  CHECK(database.written("DELETE FROM t") == 2);
}

TEST_CASE("each index of a table counts an entry for an insert and a delete",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE t(a TEXT PRIMARY KEY, b UNIQUE, c);"
      "CREATE INDEX t_c ON t(c); CREATE INDEX t_bc ON t(b, c)"};
  CHECK(database.written("INSERT INTO t VALUES ('a', 1, 2)") == 5);
  CHECK(database.written("DELETE FROM t") == 5);
}

TEST_CASE("an update counts the indexes of columns that changed",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c);"
      "CREATE INDEX t_a ON t(a); CREATE INDEX t_ab ON t(a, b);"
      "INSERT INTO t VALUES (1, 1, x'01', 'c')"};
  CHECK(database.written("UPDATE t SET c = 'd'") == 1);
  CHECK(database.written("UPDATE t SET b = x'02'") == 2);
  CHECK(database.written("UPDATE t SET a = 2") == 3);
  // The same values again change no entry.
  CHECK(database.written("UPDATE t SET a = a, b = b, c = c") == 1);
  CHECK(database.written("UPDATE t SET b = NULL") == 2);
  CHECK(database.written("UPDATE t SET b = NULL") == 1);
  CHECK(database.written("UPDATE t SET a = 2.5") == 3);
  CHECK(database.written("UPDATE t SET a = 2.5") == 1);
}

TEST_CASE("an index on an expression counts for each update",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);"
      "CREATE INDEX t_a ON t(lower(a)); INSERT INTO t VALUES (1, 'x', 'y')"};
  CHECK(database.written("UPDATE t SET b = 'z'") == 2);
}

TEST_CASE("the key of a table WITHOUT ROWID is the table",
          "[storage][row_counter]") {
  auto database
      = counting_database{"CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID;"
                          "CREATE INDEX t_b ON t(b)"};
  CHECK(database.written("INSERT INTO t VALUES (1, 2)") == 2);
  CHECK(database.written("UPDATE t SET b = 3") == 2);
  CHECK(database.written("DELETE FROM t") == 2);
}

TEST_CASE("REPLACE counts the row that it takes away",
          "[storage][row_counter]") {
  auto database
      = counting_database{"CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE);"
                          "INSERT INTO t VALUES (1, 'a')"};
  CHECK(database.written("INSERT OR REPLACE INTO t VALUES (2, 'a')") == 4);
}

TEST_CASE("the name of the table may be written in any case",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE Things(a); CREATE INDEX things_a ON things(a)"};
  CHECK(database.written("INSERT INTO THINGS VALUES (1)") == 2);
  CHECK(database.written("DELETE FROM things") == 2);
}

TEST_CASE("an index that came or went is counted from then on",
          "[storage][row_counter]") {
  auto database = counting_database{"CREATE TABLE t(a)"};
  const auto sql = std::string_view{"INSERT INTO t VALUES (1)"};
  CHECK(database.written(sql) == 1);
  database.written("CREATE INDEX t_a ON t(a)");
  CHECK(database.written(sql) == 2);
  database.written("DROP INDEX t_a");
  CHECK(database.written(sql) == 1);
}

TEST_CASE("what a trigger writes is counted with its indexes",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE t(a); CREATE TABLE log(a); CREATE INDEX log_a ON log(a);"
      "CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN INSERT INTO log VALUES "
      "(new.a); END"};
  CHECK(database.written("INSERT INTO t VALUES (1), (2)") == 6);
}

TEST_CASE("what goes through a view is counted in its table",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE t(a); CREATE INDEX t_a ON t(a);"
      "CREATE VIEW v AS SELECT a FROM t;"
      "CREATE TRIGGER v_ii INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES "
      "(new.a); END"};
  CHECK(database.written("INSERT INTO v VALUES (1)") == 2);
}

TEST_CASE("two tables whose rows alternate are told apart",
          "[storage][row_counter]") {
  auto database = counting_database{
      "CREATE TABLE a(x); CREATE TABLE b(x, y); CREATE INDEX b_x ON b(x);"
      "CREATE INDEX b_y ON b(y); CREATE TRIGGER a_ai AFTER INSERT ON a BEGIN "
      "INSERT INTO b VALUES (new.x, new.x); UPDATE b SET x = x; END"};
  // Row a1; row b1 with two entries; b1 again. Then the same for a2, with
  // two rows of b to update.
  CHECK(database.written("INSERT INTO a VALUES (1), (2)") == 5 + 6);
}

} // namespace sluice::storage
