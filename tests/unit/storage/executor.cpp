#include "storage/executor.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

using codec::results_format;

/// A table of three users.
void make_users(test_database& database) {
  REQUIRE(database
              .exec("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);"
                    "INSERT INTO users(name) VALUES ('Ann'), ('Bob'), ('Cy')")
              .failure()
          == "none");
}

answer read_as(test_database& database, std::string sql,
               results_format format) {
  return database.read(request(std::move(sql), {}, format));
}

} // namespace

TEST_CASE("a reply to one statement has D1's shape", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply
      = database.read("SELECT * FROM users WHERE id = ?", {std::int64_t{1}});
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/success") == "true");
  CHECK(reply.at("/results") == R"([{"id":1,"name":"Ann"}])");
  CHECK(reply.at("/meta/served_by") == R"("test")");
  CHECK(reply.at("/meta/served_by_primary") == "true");
  CHECK(reply.at("/meta/duration")
        == reply.at("/meta/timings/sql_duration_ms"));
  CHECK(reply.at("/meta/duration") != "absent");
  CHECK(reply.at("/meta/changed_db") == "false");
  for (const auto* name : {"changes", "last_row_id", "rows_written"})
    CHECK(reply.meta(name) == 0);
  CHECK(reply.meta("rows_read") == 1);
  CHECK(reply.meta("size_after") > 0);
}

TEST_CASE("the three results formats", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto sql = std::string{"SELECT id, name FROM users WHERE id < 3"};
  CHECK(read_as(database, sql, results_format::array_of_objects).results()
        == R"([{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}])");
  CHECK(read_as(database, sql, results_format::rows_and_columns).results()
        == R"({"columns":["id","name"],"rows":[[1,"Ann"],[2,"Bob"]]})");
  CHECK(read_as(database, sql, results_format::none).results() == "[]");
}

TEST_CASE("the results formats of a statement without rows",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto sql = std::string{"SELECT id, name FROM users WHERE id > 3"};
  CHECK(read_as(database, sql, results_format::array_of_objects).results()
        == "[]");
  CHECK(read_as(database, sql, results_format::rows_and_columns).results()
        == R"({"columns":["id","name"],"rows":[]})");
  CHECK(read_as(database, sql, results_format::none).results() == "[]");
  CHECK(database
            .write(request("DELETE FROM users WHERE id = 1", {},
                           results_format::rows_and_columns))
            .results()
        == R"({"columns":[],"rows":[]})");
  CHECK(database.write("DELETE FROM users").results() == "[]");
}

TEST_CASE("of two columns of one name the last wins in objects",
          "[storage][executor]") {
  auto database = test_database{};
  const auto sql = std::string{"SELECT 1 AS a, 2 AS b, 3 AS a"};
  CHECK(read_as(database, sql, results_format::array_of_objects).results()
        == R"([{"b":2,"a":3}])");
  CHECK(read_as(database, sql, results_format::rows_and_columns).results()
        == R"({"columns":["a","b","a"],"rows":[[1,2,3]]})");
}

TEST_CASE("a batch replies with an array in order", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply = database.write(
      batch({"INSERT INTO users(name) VALUES ('Di')",
             "SELECT max(id) AS id FROM users", "DELETE FROM users"}));
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/0/results") == "[]");
  CHECK(reply.at("/0/meta/last_row_id") == "4");
  CHECK(reply.at("/1/results") == R"([{"id":4}])");
  CHECK(reply.at("/1/meta/changes") == "0");
  CHECK(reply.at("/1/meta/last_row_id") == "0");
  CHECK(reply.at("/1/meta/changed_db") == "false");
  CHECK(reply.at("/2/meta/changes") == "4");
  CHECK(reply.at("/3") == "absent");
}

TEST_CASE("a batch of one statement replies with an array",
          "[storage][executor]") {
  auto database = test_database{};
  const auto reply = database.read(batch({"SELECT 1 AS x"}));
  CHECK(reply.at("/0/results") == R"([{"x":1}])");
}

TEST_CASE("a batch of reads is served by a reader", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply = database.read(
      batch({"SELECT count(*) AS n FROM users", "SELECT 2 AS n"}));
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/0/results") == R"([{"n":3}])");
  CHECK(reply.at("/1/results") == R"([{"n":2}])");
  CHECK_FALSE(database.reader().in_transaction());
}

TEST_CASE("a batch that fails leaves nothing behind", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto number = database.transaction().commit_number();
  CHECK(database
            .write(batch({"INSERT INTO users(name) VALUES ('Di')",
                          "CREATE TABLE u(x)",
                          "INSERT INTO users(id) VALUES (1)"}))
            .failure()
        == "conflict: UNIQUE constraint failed: users.id: SQLITE_CONSTRAINT "
           "(extended: SQLITE_CONSTRAINT_PRIMARYKEY)");
  CHECK(database.transaction().commit_number() == number);
  CHECK(database.read("SELECT count(*) AS n FROM users").results()
        == R"([{"n":3}])");
  CHECK(database.read("SELECT * FROM u").failure().starts_with("sql_error: "));
}

TEST_CASE("a text of several statements replies with the last result",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply = database.write(
      "INSERT INTO users(name) VALUES ('Di'); -- and now\n"
      "UPDATE users SET name = upper(name);; SELECT name FROM users WHERE id = "
      "?; ",
      {std::int64_t{4}});
  CHECK(reply.results() == R"([{"name":"DI"}])");
  CHECK(reply.done.value().changed_db);
  CHECK(database.read("SELECT 1; SELECT 2 AS x; SELECT ? AS y", {"a"}).results()
        == R"([{"y":"a"}])");
}

TEST_CASE("parameters belong to the last of several statements",
          "[storage][executor]") {
  auto database = test_database{};
  for (const auto& params : {codec::positional_parameters{std::int64_t{1}},
                             codec::positional_parameters{}})
    CHECK(database.read("SELECT ?; SELECT 2", params).failure()
          == "sql_error: When executing multiple SQL statements in a single "
             "call, only the last statement can have parameters.");
  CHECK(database.read("SELECT 1; SELECT 2", {std::int64_t{1}}).failure()
        == "sql_error: Wrong number of parameter bindings for SQL query.");
}

TEST_CASE("a table without a rowid left is no full disk",
          "[storage][executor]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, x);"
                "CREATE TABLE u(id INTEGER PRIMARY KEY AUTOINCREMENT, x);"
                "INSERT INTO t VALUES (9223372036854775807, 1)");
  const auto failed = database.write("INSERT INTO t(x) VALUES (2)");
  CHECK(failed.failure()
        == "constraint: the table 't' has no rowid left, for its AUTOINCREMENT "
           "has come to the largest one: database or disk is full: "
           "SQLITE_FULL");
  CHECK(failed.done.error().fault == codec::fault_kind::request);
  CHECK(database.write("INSERT INTO u(x) VALUES (2)").failure() == "none");
}

TEST_CASE("a text of several statements is undone as one",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  CHECK(database.write("DELETE FROM users; SELECT * FROM missing")
            .failure()
            .starts_with("sql_error: no such table: missing"));
  CHECK(database.read("SELECT count(*) AS n FROM users").results()
        == R"([{"n":3}])");
}

TEST_CASE("a text without a statement is a bad request",
          "[storage][executor]") {
  auto database = test_database{};
  const auto expected = std::string{"bad_request: No SQL statements detected."};
  for (const auto* sql :
       {"", " \n", ";;", "-- a comment", "/* a comment */ ;"}) {
    CAPTURE(sql);
    CHECK(database.read(sql).failure() == expected);
    CHECK(database.write(sql).failure() == expected);
    CHECK(database.write(batch({"SELECT 1", sql})).failure() == expected);
  }
  CHECK(database.read(batch({})).failure() == expected);
}

TEST_CASE("a NUL in the SQL is refused, not the end of the text",
          "[storage][executor]") {
  auto database = test_database{};
  const auto sql = std::string_view{"SELECT 1\0; SELECT 2", 19};
  CHECK(database.read(sql).failure()
        == "bad_request: the field 'sql' contains a NUL character");
  CHECK(database.exec(sql).failure()
        == "bad_request: the field 'sql' contains a NUL character");
}

TEST_CASE("a reader passes statements that write on to the writer",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  for (const auto* sql :
       {"INSERT INTO users(name) VALUES ('x')",
        "WITH a AS (SELECT 1 AS id) DELETE FROM users WHERE id IN a",
        "INSERT INTO users(name) VALUES ('x') RETURNING id",
        "CREATE TABLE u(x)", "CREATE TEMP TABLE u(x)", "DROP TABLE users",
        "PRAGMA user_version = 3", "SELECT 1; DELETE FROM users"}) {
    CAPTURE(sql);
    // Also from the cache.
    for (auto i = 0; i < 2; ++i) {
      const auto reply = database.read(sql);
      REQUIRE(reply.failure() == "none");
      CHECK(reply.done->needs_writer);
      CHECK_FALSE(reply.done->changed_db);
      CHECK(reply.body.empty());
      CHECK_FALSE(database.reader().in_transaction());
    }
  }
  CHECK(database.read(batch({"SELECT 1", "DELETE FROM users"}))
            .done->needs_writer);
  CHECK(database.read("SELECT count(*) AS n FROM users").results()
        == R"([{"n":3}])");
}

TEST_CASE("EXPLAIN of a statement that writes is a read",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply
      = database.read("EXPLAIN QUERY PLAN DELETE FROM users WHERE id = 1");
  REQUIRE(reply.failure() == "none");
  CHECK_FALSE(reply.done->needs_writer);
  const auto created = database.write("EXPLAIN CREATE TABLE u(x)");
  REQUIRE(created.failure() == "none");
  CHECK(created.at("/meta/changed_db") == "false");
  CHECK_FALSE(created.done->changed_db);
}

TEST_CASE("RETURNING replies with rows", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  const auto reply = database.write(
      "INSERT INTO users(name) VALUES ('Di'), ('Ed') RETURNING id, name");
  CHECK(reply.results() == R"([{"id":4,"name":"Di"},{"id":5,"name":"Ed"}])");
  CHECK(reply.meta("changes") == 2);
  CHECK(reply.meta("last_row_id") == 5);
}

TEST_CASE("a reply over its limit is too_large", "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  database.limits.reply_bytes_max = 1'000;
  const auto expected = std::string{
      "too_large: the reply is larger than the NATS server's max_payload "
      "allows (1000 bytes): ask for fewer rows or columns, or for "
      "a stream with the header Sluice-Stream: true"};
  const auto sql = std::string{"SELECT hex(zeroblob(?)) AS x"};
  CHECK(database.read(sql, {std::int64_t{500}}).failure() == expected);
  CHECK(database.read(sql, {std::int64_t{100}}).failure() == "none");
  // Not by one row, but by many.
  CHECK(database
            .read("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                  "FROM n WHERE x < 1000) SELECT x FROM n")
            .failure()
        == expected);
  // What is not sent does not count.
  CHECK(
      read_as(database, "SELECT hex(zeroblob(500)) AS x", results_format::none)
          .failure()
      == "none");
}

TEST_CASE("a write whose reply is over its limit is undone",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  database.limits.reply_bytes_max = 1'000;
  CHECK(
      database.write("UPDATE users SET name = 'x' RETURNING hex(zeroblob(500))")
          .failure()
          .starts_with("too_large: "));
  CHECK(database.read("SELECT name FROM users WHERE id = 1").results()
        == R"([{"name":"Ann"}])");
}

TEST_CASE("the limit on a reply holds for statements without rows",
          "[storage][executor]") {
  auto database = test_database{};
  make_users(database);
  database.limits.reply_bytes_max = 1'000;
  const auto texts
      = std::vector<std::string>(20, "INSERT INTO users(name) VALUES ('x')");
  CHECK(database.write(batch(texts)).failure().starts_with("too_large: "));
  CHECK(database.read("SELECT count(*) AS n FROM users").results()
        == R"([{"n":3}])");
}

TEST_CASE("no reply is longer than its limit", "[storage][executor]") {
  auto database = test_database{};
  const auto one = batch({"SELECT 1 AS x", "SELECT 2 AS x"});
  const auto body = database.read(one).body;
  for (auto bytes = body.size() - 30; bytes < body.size() + 30; ++bytes) {
    database.limits.reply_bytes_max = bytes;
    const auto reply = database.read(one);
    CHECK(reply.body.size() <= bytes);
  }
}

TEST_CASE("JSON, mathematics and full-text search work",
          "[storage][executor]") {
  auto database = test_database{};
  CHECK(database.read(R"(SELECT json_extract('{"a":[1,2]}', '$.a[1]') AS x)")
            .results()
        == R"([{"x":2}])");
  CHECK(database.read("SELECT sqrt(16) AS x").results() == R"([{"x":4.0}])");
  // A trigger that keeps the index is the way that FTS5's manual shows.
  REQUIRE(database
              .exec("CREATE TABLE posts(id INTEGER PRIMARY KEY, title);"
                    "CREATE VIRTUAL TABLE found USING fts5(title, content = "
                    "'posts', content_rowid = 'id');"
                    "CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN "
                    "INSERT INTO found(rowid, title) VALUES (new.id, "
                    "new.title); END;"
                    "INSERT INTO posts(title) VALUES ('Hello world'), "
                    "('Goodbye')")
              .failure()
          == "none");
  const auto sql = std::string_view{
      "SELECT rowid, snippet(found, 0, '<', '>', '', 5) AS s FROM found WHERE "
      "found MATCH ? ORDER BY rank"};
  const auto expected = R"([{"rowid":1,"s":"Hello <world>"}])";
  CHECK(database.read(sql, {"world"}).results() == expected);
  CHECK(database.write(sql, {"world"}).results() == expected);
  CHECK(database.write("INSERT INTO found(found) VALUES ('optimize')").failure()
        == "none");
  CHECK(database.read("SELECT json_each.value AS x FROM json_each('[1,2]')")
            .results()
        == R"([{"x":1},{"x":2}])");
}

TEST_CASE("last_insert_rowid() is asked of the writer, each time",
          "[storage][executor]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(id INTEGER PRIMARY KEY)").failure()
          == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (41)").failure() == "none");
  for (const auto* sql :
       {"SELECT last_insert_rowid() AS id", "SELECT Last_Insert_RowId() AS id",
        "SELECT 1; SELECT last_insert_rowid() AS id"}) {
    CAPTURE(sql);
    // The second time a statement might come from the cache.
    for (auto times = 0; times < 2; ++times) {
      CHECK(database.read(sql).done->needs_writer);
      CHECK(database.write(sql).results() == R"([{"id":41}])");
    }
  }
  REQUIRE(database.write("INSERT INTO t VALUES (42)").failure() == "none");
  CHECK(database.write("SELECT last_insert_rowid() AS id").results()
        == R"([{"id":42}])");
  CHECK_FALSE(database.read("SELECT id FROM t").done->needs_writer);
}

} // namespace sluice::storage
