#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.db.<db>.exec`
namespace sluice::tests {

TEST_CASE("a script runs its statements and counts them") {
  auto app = app_server{};
  const auto got
      = app.exec(query_body("CREATE TABLE a(x);\nINSERT INTO a VALUES (1);"));
  CHECK(got.at("/success") == "true");
  CHECK(got.at("/count") == "2");
  CHECK(std::stod(got.at("/duration")) > 0.0);
  CHECK(got.body().starts_with(R"({"success":true,"count":2,"duration":)"));
  CHECK(!got.header("Sluice-Bookmark").empty());
  CHECK(app.results("SELECT x FROM a") == R"([{"x":1}])");
}

TEST_CASE("statements of a script may hold semicolons and span lines") {
  auto app = app_server{};
  const auto got = app.exec(query_body(
      "CREATE TABLE a(\n  x -- a; comment\n);\nCREATE TABLE log(x);\n"
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
      "  INSERT INTO log VALUES ('one; two');\n"
      "  INSERT INTO log VALUES (new.x);\nEND;\n"
      "/* ; */ INSERT INTO a\n  VALUES ('it''s; so');;\n-- the end;"));
  CHECK(got.at("/count") == "4");
  CHECK(app.results("SELECT x FROM log")
        == R"([{"x":"one; two"},{"x":"it's; so"}])");
}

TEST_CASE("a failure in a script names its place and undoes all of it") {
  auto app = app_server{};
  const auto failed = app.exec(query_body(
      "CREATE TABLE a(x);\n\nINSERT INTO a VALUES (1);\nINSERT INTO b\nVALUES "
      "(1);"));
  CHECK(failure_of(failed).starts_with(
      "sql_error 400: statement 3, line 4: no such table: b"));
  CHECK(failed.header("Sluice-Failed-Statement") == "3");
  CHECK(app.results("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'a'")
        == R"([{"n":0}])");
  const auto conflict = failure_of(app.exec(
      query_body("CREATE TABLE a(x UNIQUE); INSERT INTO a VALUES (1), (1)")));
  CHECK(conflict.starts_with("conflict 409: statement 2, line 1: UNIQUE"));
}

TEST_CASE("a script without a statement, or with parameters, is refused") {
  auto app = app_server{};
  for (const auto* sql : {"", "\n;\n", "-- nothing"})
    CHECK(failure_of(app.exec(query_body(sql)))
          == "bad_request 400: No SQL statements detected.");
  CHECK(failure_of(app.exec(R"({"sql":"SELECT 1","params":[]})"))
            .starts_with("bad_request 400: unknown field 'params'"));
  for (const auto* body : {"", "[]", "{}", R"({"sql":1})", "SELECT 1"}) {
    CAPTURE(body);
    CHECK(failure_of(app.exec(body)).starts_with("bad_request 400: "));
  }
  CHECK(failure_of(app.exec(query_body("SELECT ?")))
            .contains("Wrong number of parameter bindings for SQL query."));
  CHECK(failure_of(app.exec(query_body("CREATE TABLE a(x); COMMIT")))
            .starts_with("not_authorized 403: "));
}

} // namespace sluice::tests
