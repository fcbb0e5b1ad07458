#include "storage/executor.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

/// Scripts: `db.<db>.exec`.
namespace sluice::storage {

TEST_CASE("a script replies with the count of its statements",
          "[storage][script]") {
  auto database = test_database{};
  const auto reply
      = database.exec("CREATE TABLE a(x);\nINSERT INTO a VALUES (1);");
  REQUIRE(reply.failure() == "none");
  CHECK(reply.body.starts_with(R"({"success":true,"count":2,"duration":)"));
  CHECK(reply.at("/duration") != "absent");
  CHECK(reply.done->changed_db);
  CHECK(reply.done->changed_schema);
  CHECK(database.read("SELECT x FROM a").results() == R"([{"x":1}])");
}

TEST_CASE("statements of a script span lines and hold comments and strings",
          "[storage][script]") {
  auto database = test_database{};
  const auto reply = database.exec(R"(
-- The table; with a semicolon in the comment.
CREATE TABLE a(
  x TEXT, /* ; */
  y TEXT -- ;
);
INSERT INTO a
VALUES ('one; two', "it''s -- not a comment"),
       ('/* nor this */', 'b;');
; ;
/* the end; */
)");
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/count") == "2");
  CHECK(database.read("SELECT * FROM a").results()
        == R"([{"x":"one; two","y":"it''s -- not a comment"},)"
           R"({"x":"/* nor this */","y":"b;"}])");
}

TEST_CASE(
    "the bound on SQL is one on each statement of a script, not on all of "
    "it",
    "[storage][script]") {
  auto options = writer_options();
  options.limits.sql_bytes_max = 1'000;
  auto database = test_database{options};
  auto script = std::string{"CREATE TABLE a(x);\n"};
  for (auto i = 0; i < 100; ++i)
    script += "INSERT INTO a VALUES ('" + std::string(900, 'x') + "');\n";
  const auto reply = database.exec(script);
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/count") == "101");
  // A statement that is too long is found wherever it stands, and undoes all.
  CHECK(database
            .exec("DELETE FROM a;\nINSERT INTO a VALUES ('"
                  + std::string(1'000, 'x') + "');\nSELECT 1;")
            .failure()
        == "too_large: statement 2, line 2: the SQL text is longer than "
           "limits.sql_bytes_max (1000 bytes)");
  CHECK(database.read("SELECT count(*) AS n FROM a").results()
        == R"([{"n":100}])");
}

TEST_CASE("a trigger in a script holds statements with semicolons",
          "[storage][script]") {
  auto database = test_database{};
  const auto reply = database.exec(R"(
CREATE TABLE a(x); CREATE TABLE log(x);
CREATE TRIGGER a_ai AFTER INSERT ON a
BEGIN
  INSERT INTO log VALUES (CASE new.x WHEN 1 THEN 'one;' ELSE 'other' END);
  UPDATE a SET x = x + 1;
END;
INSERT INTO a VALUES (1);
)");
  REQUIRE(reply.failure() == "none");
  CHECK(reply.at("/count") == "4");
  CHECK(database.read("SELECT log.x AS l, a.x AS a FROM log, a").results()
        == R"([{"l":"one;","a":2}])");
}

TEST_CASE("an error in a script names the statement and its line",
          "[storage][script]") {
  auto database = test_database{};
  CHECK(database
            .exec("CREATE TABLE a(x);\n\n-- a comment\n\nINSERT INTO a\nVALUES "
                  "(1);\nINSERT INTO a VALUES (b);\nSELECT 1")
            .failure()
        == "sql_error: statement 3, line 7: no such column: b at offset 22: "
           "SQLITE_ERROR");
  CHECK(database.exec("SELEC 1").failure()
        == "sql_error: statement 1, line 1: near \"SELEC\": syntax error at "
           "offset 0: SQLITE_ERROR");
  CHECK(database
            .exec("\n\nCREATE TABLE a(x UNIQUE); INSERT INTO a VALUES (1), "
                  "(1)")
            .failure()
        == "conflict: statement 2, line 3: UNIQUE constraint failed: a.x: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)");
}

TEST_CASE("an error in a script undoes all of it", "[storage][script]") {
  auto database = test_database{};
  REQUIRE(database.exec("CREATE TABLE a(x)").failure() == "none");
  CHECK(database
            .exec("INSERT INTO a VALUES (1); CREATE TABLE b(x); PRAGMA "
                  "user_version = 9; INSERT INTO missing VALUES (1)")
            .failure()
            .starts_with("sql_error: statement 4, line 1: "));
  CHECK(database.read("SELECT * FROM a").results() == "[]");
  CHECK(database.read("PRAGMA user_version").results()
        == R"([{"user_version":0}])");
  CHECK(database.exec("CREATE TABLE b(x)").failure() == "none");
}

TEST_CASE("a script has no parameters", "[storage][script]") {
  auto database = test_database{};
  CHECK(database.exec("SELECT 1; SELECT ?").failure()
        == "sql_error: statement 2, line 1: Wrong number of parameter bindings "
           "for SQL query.");
}

TEST_CASE("a script without a statement is a bad request",
          "[storage][script]") {
  auto database = test_database{};
  for (const auto* sql : {"", " ;\n; ", "-- nothing", "/* nothing */"}) {
    CAPTURE(sql);
    CHECK(database.exec(sql).failure()
          == "bad_request: No SQL statements detected.");
  }
}

TEST_CASE("a script of many statements runs", "[storage][script]") {
  auto database = test_database{};
  auto sql = std::string{"CREATE TABLE a(x);\n"};
  for (auto i = 0; i < 500; ++i)
    sql += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  const auto reply = database.exec(sql);
  CHECK(reply.at("/count") == "501");
  CHECK(database.read("SELECT count(*) AS n FROM a").results()
        == R"([{"n":500}])");
}

TEST_CASE("what is not allowed in a query is not allowed in a script",
          "[storage][script]") {
  auto database = test_database{};
  CHECK(database.exec("SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT")
            .failure()
            .starts_with("not_authorized: statement 2, line 2: transaction "
                         "control"));
  CHECK(database.transaction().is_lost());
}

} // namespace sluice::storage
