#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.db.<db>.query`: what comes back.
namespace sluice::tests {

namespace {

void make_users(app_server& app) {
  app.run("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
          "email TEXT UNIQUE)");
  app.run("INSERT INTO users VALUES (7, 'Ann', 'ann@example.org')");
}

} // namespace

TEST_CASE("a statement that reads returns its rows and its meta") {
  auto app = app_server{{"--server-name", "one"}};
  make_users(app);
  const auto got = app.query(
      R"({"sql":"SELECT id, name FROM users WHERE id = ?","params":[7]})");
  CHECK(got.at("/success") == "true");
  CHECK(got.at("/results") == R"([{"id":7,"name":"Ann"}])");
  CHECK(got.at("/meta/served_by") == "\"one\"");
  CHECK(got.at("/meta/served_by_primary") == "true");
  CHECK(std::stod(got.at("/meta/duration")) > 0.0);
  CHECK(got.at("/meta/timings/sql_duration_ms") == got.at("/meta/duration"));
  CHECK(got.at("/meta/changes") == "0");
  CHECK(got.at("/meta/last_row_id") == "0");
  CHECK(got.at("/meta/changed_db") == "false");
  CHECK(std::stoul(got.at("/meta/size_after")) >= 4096);
  CHECK(std::stoul(got.at("/meta/size_after")) % 4096 == 0);
  CHECK(got.at("/meta/rows_read") == "1");
  CHECK(got.at("/meta/rows_written") == "0");
}

TEST_CASE("a statement that writes tells what it changed") {
  auto app = app_server{};
  make_users(app);
  const auto got = app.run("INSERT INTO users(name, email) VALUES ('Bob', 'b'),"
                           " ('Cid', 'c')");
  CHECK(got.at("/results") == "[]");
  CHECK(got.at("/meta/changes") == "2");
  CHECK(got.at("/meta/last_row_id") == "9");
  CHECK(got.at("/meta/changed_db") == "true");
  // Each row has an entry in the index of the e-mails.
  CHECK(got.at("/meta/rows_written") == "4");
  const auto nothing = app.run("DELETE FROM users WHERE id = 1000");
  CHECK(nothing.at("/meta/changes") == "0");
  CHECK(nothing.at("/meta/changed_db") == "false");
  CHECK(app.results("INSERT INTO users(name) VALUES ('Dan') RETURNING id, name")
        == R"([{"id":10,"name":"Dan"}])");
}

TEST_CASE("changes count what triggers and cascades did") {
  auto app = app_server{};
  app.run("CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER "
          "PRIMARY KEY, a REFERENCES a ON DELETE CASCADE); CREATE TABLE log(x);"
          "CREATE TRIGGER t AFTER DELETE ON a BEGIN INSERT INTO log VALUES "
          "(old.id); END");
  app.run("INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1), (2, 1)");
  const auto got = app.run("DELETE FROM a");
  CHECK(got.at("/meta/changes") == "4");
  CHECK(app.results("SELECT count(*) AS n FROM b") == R"([{"n":0}])");
}

TEST_CASE("the form of the results is the caller's choice") {
  auto app = app_server{};
  const auto results = [&app](const std::string& format) {
    const auto got
        = app.query(R"({"sql":"SELECT 7 AS id, 'Ann' AS name, 8 AS id",)"
                    R"("results_format":")"
                    + format + "\"}");
    CHECK(got.at("/success") == "true");
    CHECK(got.at("/meta/rows_read") != "(none)");
    return got.at("/results");
  };
  const auto objects = results("ARRAY_OF_OBJECTS");
  // The last of one name wins; the order of members means nothing.
  CHECK(objects.contains(R"("id":8)"));
  CHECK(objects.contains(R"("name":"Ann")"));
  CHECK(!objects.contains('7'));
  CHECK(results("ROWS_AND_COLUMNS")
        == R"({"columns":["id","name","id"],"rows":[[7,"Ann",8]]})");
  const auto none = results("NONE");
  CHECK((none == "[]" || none == "(none)"));
  CHECK(failure_of(app.query(R"({"sql":"SELECT 1","results_format":"CSV"})"))
            .starts_with("bad_request 400: results_format"));
}

TEST_CASE("rows and columns name the columns of an empty result") {
  auto app = app_server{};
  const auto got = app.query(R"({"sql":"SELECT 1 AS a, 2 AS b WHERE false",)"
                             R"("results_format":"ROWS_AND_COLUMNS"})");
  CHECK(got.at("/results") == R"({"columns":["a","b"],"rows":[]})");
}

TEST_CASE("a batch answers each statement in order") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto got = app.query(
      R"~([{"sql":"INSERT INTO t VALUES (?)","params":[5]},)~"
      R"({"sql":"SELECT x FROM t"},{"sql":"UPDATE t SET x = x + 1"},)"
      R"({"sql":"SELECT x FROM t"}])");
  CHECK(got.at("/0/success") == "true");
  CHECK(got.at("/0/meta/changes") == "1");
  CHECK(got.at("/1/results") == R"([{"x":5}])");
  CHECK(got.at("/1/meta/changes") == "0");
  CHECK(got.at("/2/results") == "[]");
  CHECK(got.at("/3/results") == R"([{"x":6}])");
  CHECK(got.at("/4") == "(none)");
}

TEST_CASE("a batch under queries has a form for all results") {
  auto app = app_server{};
  const auto got
      = app.query(R"({"queries":[{"sql":"SELECT ? AS a","params":[1]},)"
                  R"({"sql":"SELECT 2 AS b"}],)"
                  R"("results_format":"ROWS_AND_COLUMNS"})");
  CHECK(got.at("/0/results") == R"({"columns":["a"],"rows":[[1]]})");
  CHECK(got.at("/1/results") == R"({"columns":["b"],"rows":[[2]]})");
  CHECK(app.query(R"([{"sql":"SELECT 1 AS x"}])").at("/0/results")
        == R"([{"x":1}])");
}

TEST_CASE("a batch with a failure changes nothing") {
  auto app = app_server{};
  make_users(app);
  const auto got = app.query(batch_body(
      {"INSERT INTO users VALUES (8, 'Bob', 'b')", "CREATE TABLE other(x)",
       "INSERT INTO users VALUES (9, 'Cid', 'ann@example.org')"}));
  CHECK(failure_of(got)
        == "conflict 409: UNIQUE constraint failed: users.email: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)");
  CHECK(app.results("SELECT id FROM users") == R"([{"id":7}])");
  CHECK(app.failure("SELECT * FROM other").starts_with("sql_error 400: "));
}

TEST_CASE("of several statements in one text the last one is the reply") {
  auto app = app_server{};
  const auto got = app.query(
      R"({"sql":"CREATE TABLE t(x); INSERT INTO t VALUES (1); -- and; then\n)"
      R"( SELECT x + ? AS y FROM t;","params":[2]})");
  CHECK(got.at("/results") == R"([{"y":3}])");
  const auto undone
      = app.failure("INSERT INTO t VALUES (2); INSERT INTO missing VALUES (1)");
  CHECK(undone == "sql_error 400: no such table: missing: SQLITE_ERROR");
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":1}])");
}

TEST_CASE("values come back as the protocol has them") {
  auto app = app_server{};
  CHECK(app.results("SELECT 9223372036854775807 AS a, -9223372036854775808 AS "
                    "b, 0.1 AS c, 1e300 AS d, 9e999 AS e, NULL AS f, x'00ff' "
                    "AS g, x'' AS h, 'ä\"' AS i")
        == R"([{"a":9223372036854775807,"b":-9223372036854775808,"c":0.1,)"
           R"("d":1e+300,"e":null,"f":null,"g":[0,255],"h":[],"i":"ä\""}])");
  CHECK(app.results("SELECT CAST(x'61ff62' AS TEXT) AS x")
        == "[{\"x\":\"a\xef\xbf\xbd"
           "b\"}]");
}

TEST_CASE("a batch that only reads sees one snapshot") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x); INSERT INTO t VALUES (0)");
  // Both statements of a reader look at the counter; a writer moves it.
  for (auto i = 0; i < 50; ++i) {
    app.run("UPDATE t SET x = x + 1");
    const auto got = app.query(batch_body(
        {"SELECT x FROM t",
         "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT "
         "1000) SELECT max(i) FROM c",
         "SELECT x FROM t"}));
    REQUIRE(got.at("/0/results") == got.at("/2/results"));
    REQUIRE(got.at("/0/results") == "[{\"x\":" + std::to_string(i + 1) + "}]");
  }
}

} // namespace sluice::tests
