#include "storage/executor.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

/// The protocol's `meta` of a reply.
namespace sluice::storage {

namespace {

/// A table with ten rows; `x` has no index, `y` has one.
void make_ten(test_database& database) {
  run(database, "CREATE TABLE t(id INTEGER PRIMARY KEY, x, y);"
                "CREATE INDEX t_y ON t(y);"
                "INSERT INTO t(x, y) VALUES (1,1),(2,2),(3,3),(4,4),(5,5),"
                "(6,6),(7,7),(8,8),(9,9),(10,10)");
}

} // namespace

TEST_CASE("changes counts the rows that a statement changed",
          "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  CHECK(database.write("UPDATE t SET x = 0 WHERE id < 4").meta("changes") == 3);
  CHECK(database.write("UPDATE t SET x = 0 WHERE id = 99").meta("changes")
        == 0);
  CHECK(database.write("INSERT OR IGNORE INTO t(id) VALUES (1), (11)")
            .meta("changes")
        == 1);
  CHECK(database.write("DELETE FROM t").meta("changes") == 11);
  CHECK(database.write("CREATE TABLE u(x)").meta("changes") == 0);
}

TEST_CASE("the meta of a text counts the changes of all its statements",
          "[storage][meta]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  const auto two
      = database.write("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
  CHECK(two.meta("changes") == 2);
  CHECK(two.meta("last_row_id") == 2);
  const auto read = database.write("INSERT INTO t VALUES (7); SELECT 1");
  CHECK(read.meta("changes") == 1);
  CHECK(read.at("/meta/changed_db") == "true");
  CHECK(read.meta("last_row_id") == 3);
  // Those of the last statement.
  CHECK(read.meta("rows_written") == 0);
  CHECK(read.meta("rows_read") == 1);
  CHECK(
      database.write("DELETE FROM t; INSERT INTO t VALUES (1)").meta("changes")
      == 4);
  // Each text of a batch for itself.
  const auto texts = database.write(
      batch({"INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
             "INSERT INTO t VALUES (3); SELECT 1", "SELECT 1"}));
  CHECK(texts.at("/0/meta/changes") == "2");
  CHECK(texts.at("/1/meta/changes") == "1");
  CHECK(texts.at("/1/meta/changed_db") == "true");
  CHECK(texts.at("/2/meta/changes") == "0");
  CHECK(texts.at("/2/meta/changed_db") == "false");
  CHECK(texts.at("/2/meta/last_row_id") == "0");
}

TEST_CASE("changes includes what triggers changed", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  run(database, "CREATE TABLE log(x);"
                "CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN "
                "INSERT INTO log VALUES (new.id), (new.id); END");
  const auto reply = database.write("INSERT INTO t(x) VALUES (1)");
  CHECK(reply.meta("changes") == 3);
  CHECK(reply.meta("last_row_id") == 11);
}

TEST_CASE("changes includes what a cascade changed", "[storage][meta]") {
  auto database = test_database{};
  run(database, "CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                "CREATE TABLE child(id INTEGER PRIMARY KEY, parent_id "
                "REFERENCES parent(id) ON DELETE CASCADE);"
                "CREATE INDEX child_parent ON child(parent_id);"
                "INSERT INTO parent VALUES (1), (2);"
                "INSERT INTO child(parent_id) VALUES (1), (1), (2)");
  const auto reply = database.write("DELETE FROM parent WHERE id = 1");
  CHECK(reply.meta("changes") == 3);
  // One parent, and two children with an index entry each.
  CHECK(reply.meta("rows_written") == 5);
  CHECK(database.read("SELECT count(*) AS n FROM child").results()
        == R"([{"n":1}])");
}

TEST_CASE("last_row_id is the rowid of the last insert, and 0 for a read",
          "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  CHECK(database.write("INSERT INTO t(x) VALUES (1), (2)").meta("last_row_id")
        == 12);
  CHECK(database.write("INSERT INTO t(id) VALUES (-9007199254740993)")
            .meta("last_row_id")
        == -9'007'199'254'740'993);
  CHECK(database.write("SELECT * FROM t").meta("last_row_id") == 0);
  CHECK(database.read("SELECT * FROM t").meta("last_row_id") == 0);
}

TEST_CASE("changed_db says whether data or schema changed", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  const auto changed = [&](std::string_view sql) {
    const auto reply = database.write(sql);
    REQUIRE(reply.failure() == "none");
    // The caller's view and the client's are the same.
    const auto text = reply.done->changed_db ? "true" : "false";
    CHECK(reply.at("/meta/changed_db") == text);
    return reply.done->changed_db;
  };
  CHECK(changed("INSERT INTO t(x) VALUES (1)"));
  CHECK(changed("UPDATE t SET x = 3 WHERE id = 1"));
  CHECK(changed("CREATE TABLE u(x)"));
  CHECK(changed("CREATE INDEX u_x ON u(x)"));
  CHECK(changed("CREATE TABLE IF NOT EXISTS w AS SELECT 1 AS x"));
  CHECK(changed("CREATE VIEW v AS SELECT 1"));
  CHECK(changed("CREATE VIRTUAL TABLE f USING fts5(x)"));
  CHECK(changed("ALTER TABLE u ADD COLUMN y"));
  CHECK(changed("ANALYZE"));
  CHECK(changed("DROP TABLE u"));
  CHECK(changed("PRAGMA user_version = 7"));
  CHECK_FALSE(changed("SELECT * FROM t"));
  CHECK_FALSE(changed("UPDATE t SET x = 3 WHERE id = 99"));
  CHECK_FALSE(changed("DELETE FROM t WHERE id = 99"));
  CHECK_FALSE(changed("CREATE TABLE IF NOT EXISTS t(x)"));
  CHECK_FALSE(changed("CREATE INDEX IF NOT EXISTS t_y ON t(y)"));
  CHECK_FALSE(changed("DROP TABLE IF EXISTS u"));
  CHECK_FALSE(changed("PRAGMA user_version"));
  CHECK_FALSE(changed("PRAGMA recursive_triggers = ON"));
}

TEST_CASE("changed_schema is told apart from changed data", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  CHECK(database.write("CREATE TABLE u(x)").done->changed_schema);
  CHECK_FALSE(database.write("INSERT INTO u VALUES (1)").done->changed_schema);
  CHECK(database.exec("INSERT INTO u VALUES (1); DROP TABLE u")
            .done->changed_schema);
}

TEST_CASE("size_after is the size of the database after the statement",
          "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  const auto before = database.read("SELECT 1").meta("size_after");
  CHECK(before == database.reader().size_bytes());
  CHECK(before % 4'096 == 0);
  const auto grown
      = database.write("INSERT INTO t(x) VALUES (zeroblob(100000))")
            .meta("size_after");
  CHECK(grown > before + 90'000);
  CHECK(database.read("SELECT 1").meta("size_after") == grown);
  // With a commit number the size is not asked for again until it differs.
  for (const auto number : {5u, 5u, 6u}) {
    database.limits.commit_number = number;
    CHECK(database.read("SELECT 1").meta("size_after") == grown);
  }
  database.limits.commit_number = 0;
  const auto larger
      = database.write("INSERT INTO t(x) VALUES (zeroblob(100000))")
            .meta("size_after");
  CHECK(larger > grown);
  database.limits.commit_number = 7;
  CHECK(database.read("SELECT 1").meta("size_after") == larger);
}

TEST_CASE("rows_read counts the rows that a scan visits", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  CHECK(database.read("SELECT * FROM t").meta("rows_read") == 10);
  CHECK(database.read("SELECT * FROM t WHERE x = 5").meta("rows_read") == 10);
  CHECK(database.read("SELECT * FROM t WHERE id = 5").meta("rows_read") == 1);
  CHECK(database.read("SELECT * FROM t WHERE y = 5").meta("rows_read") == 1);
  CHECK(database.read("SELECT * FROM t WHERE id = 99").meta("rows_read") == 0);
  CHECK(database.write("UPDATE t SET x = 1 WHERE x = 5").meta("rows_read")
        == 10);
  CHECK(database.write("DELETE FROM t WHERE id < 3").meta("rows_read") == 2);
}

TEST_CASE("rows_read of one execution is not carried into the next",
          "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  const auto sql = std::string{"SELECT hex(zeroblob(?)) AS b FROM t"};
  for (auto i = 0; i < 2; ++i)
    CHECK(database.read(sql, {std::int64_t{1}}).meta("rows_read") == 10);
  database.limits.reply_bytes_max = 3'000;
  // Is cut off in the middle.
  CHECK(database.read(sql, {std::int64_t{300}})
            .failure()
            .starts_with("too_large: "));
  CHECK(database.read(sql, {std::int64_t{1}}).meta("rows_read") == 10);
}

TEST_CASE("rows_written counts rows and index entries", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  const auto written = [&](std::string_view sql) {
    return database.write(sql).meta("rows_written");
  };
  CHECK(written("INSERT INTO t(x, y) VALUES (11, 11)") == 2);
  CHECK(written("INSERT INTO t(x, y) VALUES (12, 12), (13, 13)") == 4);
  CHECK(written("UPDATE t SET x = 0 WHERE id = 1") == 1);
  CHECK(written("UPDATE t SET y = 0 WHERE id = 1") == 2);
  CHECK(written("DELETE FROM t WHERE id = 1") == 2);
  CHECK(written("DELETE FROM t WHERE id = 1") == 0);
}

TEST_CASE("a read writes no rows", "[storage][meta]") {
  auto database = test_database{};
  make_ten(database);
  CHECK(database.read("SELECT * FROM t").meta("rows_written") == 0);
  // On the writer too, behind a statement that wrote.
  const auto reply
      = database.write(batch({"DELETE FROM t WHERE id = 1", "SELECT 1"}));
  CHECK(reply.at("/0/meta/rows_written") == "2");
  CHECK(reply.at("/1/meta/rows_written") == "0");
}

} // namespace sluice::storage
