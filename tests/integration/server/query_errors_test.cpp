#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.db.<db>.query`: what is refused, and how.
namespace sluice::tests {

TEST_CASE("a text without a statement is refused") {
  auto app = app_server{};
  constexpr auto expected = "bad_request 400: No SQL statements detected.";
  for (const auto* sql : {"", " \n", ";", " ; ;", "-- nothing", "/* none */ ;"})
    CHECK(app.failure(sql) == expected);
  CHECK(failure_of(app.query("[]")) == expected);
  CHECK(failure_of(app.query(R"({"queries":[]})")) == expected);
  CHECK(failure_of(app.query(batch_body({"SELECT 1", ""}))) == expected);
}

TEST_CASE("a request that is not JSON is refused") {
  auto app = app_server{};
  for (const auto* body :
       {"", "{", "SELECT 1", R"({"sql":"SELECT 1"} x)", R"({"sql":})",
        R"({"sql":"SELECT 1",})", R"({'sql':'SELECT 1'})",
        R"([{"sql":"SELECT 1"})", "{\"sql\":\"\xff\"}", "nul"}) {
    CAPTURE(body);
    CHECK(failure_of(app.query(body)).starts_with("bad_request 400: "));
  }
}

TEST_CASE("the message of a refused request names the field") {
  auto app = app_server{};
  const auto refused = [&app](const char* body, const char* named) {
    CAPTURE(body);
    const auto failure = failure_of(app.query(body));
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains(named));
  };
  refused("7", "object");
  refused("{}", "sql");
  refused(R"({"params":[1]})", "sql");
  refused(R"({"sql":7})", "sql");
  refused(R"({"sql":null})", "sql");
  refused(R"({"sql":["SELECT 1"]})", "sql");
  refused(R"({"sql":"SELECT 1","params":1})", "params");
  refused(R"({"sql":"SELECT 1","parms":[]})", "parms");
  refused(R"({"sql":"SELECT 1","results_format":1})", "results_format");
  refused(R"({"sql":"SELECT 1","sql":"SELECT 2"})", "sql");
  refused(R"({"queries":{}})", "queries");
  refused(R"({"queries":[{"sql":"SELECT 1"}],"sql":"SELECT 2"})", "queries");
  refused(R"([{"sql":"SELECT 1"},{"sql":2}])", "sql");
  refused(R"([{"sql":"SELECT 1","results_format":"NONE"}])", "results_format");
  refused("[7]", "object");
}

TEST_CASE("a violated constraint is a conflict or a constraint") {
  auto app = app_server{};
  app.run("CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT UNIQUE, name "
          "TEXT NOT NULL, age CHECK (age > 0), boss REFERENCES users)");
  app.run("INSERT INTO users(id, email, name) VALUES (1, 'a', 'Ann')");
  CHECK(app.failure("INSERT INTO users(email, name) VALUES ('a', 'Bob')")
        == "conflict 409: UNIQUE constraint failed: users.email: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)");
  CHECK(app.failure("INSERT INTO users(id, name) VALUES (1, 'Bob')")
        == "conflict 409: UNIQUE constraint failed: users.id: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)");
  CHECK(app.failure("INSERT INTO users(email) VALUES ('b')")
        == "constraint 422: NOT NULL constraint failed: users.name: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)");
  CHECK(app.failure("INSERT INTO users(name, age) VALUES ('b', 0)")
        == "constraint 422: CHECK constraint failed: age > 0: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)");
  CHECK(app.failure("INSERT INTO users(name, boss) VALUES ('b', 99)")
        == "constraint 422: FOREIGN KEY constraint failed: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)");
  CHECK(app.results("SELECT count(*) AS n FROM users") == R"([{"n":1}])");
}

TEST_CASE("SQL that SQLite rejects is an SQL error with its place") {
  auto app = app_server{};
  CHECK(app.failure("SELEC 1")
        == "sql_error 400: near \"SELEC\": syntax error at offset 0: "
           "SQLITE_ERROR");
  // Not every version of SQLite knows the place of a table's name.
  const auto table = app.failure("SELECT * FROM t");
  CHECK(table.starts_with("sql_error 400: no such table: t"));
  CHECK(table.ends_with(": SQLITE_ERROR"));
  CHECK(app.failure("SELECT x")
        == "sql_error 400: no such column: x at offset 7: SQLITE_ERROR");
  CHECK(app.failure("SELECT abs(-9223372036854775808)")
        == "sql_error 400: integer overflow: SQLITE_ERROR");
}

TEST_CASE("an error whose message has several lines has a header of one") {
  auto app = app_server{};
  const auto got = app.query(query_body("SELECT * FROM \"a\nb\""));
  CHECK(failure_of(got).starts_with("sql_error 400: no such table: a b"));
  CHECK(got.at("/error").contains("a\\nb"));
}

TEST_CASE("statements that are not allowed are refused") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  for (const auto* sql : {"ATTACH ':memory:' AS other",
                          "DETACH main",
                          "VACUUM INTO '/tmp/sluice-copy'",
                          "BEGIN",
                          "BEGIN IMMEDIATE",
                          "COMMIT",
                          "END",
                          "ROLLBACK",
                          "SAVEPOINT s",
                          "RELEASE s",
                          "ROLLBACK TO s",
                          "SELECT load_extension('x')",
                          "PRAGMA journal_mode = DELETE",
                          "PRAGMA synchronous = OFF",
                          "PRAGMA writable_schema = ON",
                          "PRAGMA query_only = OFF",
                          "PRAGMA page_size = 512",
                          "CREATE TABLE _sluice_x(x)",
                          "CREATE TABLE _SLUICE_y(x)",
                          "CREATE TABLE _cf_x(x)"}) {
    CAPTURE(sql);
    CHECK(app.failure(sql).starts_with("not_authorized 403: "));
  }
  CHECK(app.failure("BEGIN").contains("batch"));
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                    "name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
        == R"([{"name":"t"}])");
}

TEST_CASE("the tables of Sluice itself are out of reach") {
  auto app = app_server{};
  const auto names = app.results("SELECT name FROM sqlite_schema WHERE name "
                                 "LIKE '\\_cf\\_%' ESCAPE '\\' AND type = "
                                 "'table' ORDER BY name LIMIT 1");
  REQUIRE(names != "[]");
  const auto begin = names.find(R"(":")") + 3;
  const auto name = names.substr(begin, names.find('"', begin) - begin);
  for (const auto* verb : {"SELECT * FROM ", "DELETE FROM ", "DROP TABLE "})
    CHECK(app.failure(verb + name).starts_with("not_authorized 403: "));
}

TEST_CASE("PRAGMAs that describe a database are allowed") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x INTEGER PRIMARY KEY, y)");
  CHECK(app.results("SELECT name FROM pragma_table_info('t')")
        == R"([{"name":"x"},{"name":"y"}])");
  CHECK(app.results("PRAGMA foreign_keys") == R"([{"foreign_keys":1}])");
  CHECK(app.results("PRAGMA quick_check") == R"([{"quick_check":"ok"}])");
  CHECK(app.run("PRAGMA table_list").code().empty());
  app.run("PRAGMA user_version = 5");
  CHECK(app.results("PRAGMA user_version") == R"([{"user_version":5}])");
}

TEST_CASE("a setting made by a statement ends with its request") {
  auto app = app_server{};
  app.run("CREATE TABLE a(x INTEGER PRIMARY KEY); CREATE TABLE b(a NOT NULL "
          "REFERENCES a)");
  app.run("PRAGMA case_sensitive_like = ON");
  CHECK(app.results("SELECT 'A' LIKE 'a' AS x") == R"([{"x":1}])");
  // Children before parents, in one transaction.
  CHECK(app.query(batch_body({"PRAGMA defer_foreign_keys = ON",
                              "INSERT INTO b VALUES (1)",
                              "INSERT INTO a VALUES (1)"}))
            .code()
            .empty());
  CHECK(app.failure("INSERT INTO b VALUES (2)").starts_with("constraint 422"));
}

TEST_CASE("a database that is not there is not found") {
  auto app = app_server{};
  CHECK(failure_of(app.remote.query("other", query_body("SELECT 1")))
            .starts_with("not_found 404: "));
  CHECK(failure_of(app.remote.exec("other", query_body("SELECT 1")))
            .starts_with("not_found 404: "));
}

TEST_CASE("a subject that nobody serves is answered all the same") {
  auto app = app_server{};
  for (const auto* tail : {"db.app.drop", "db.app", "db.app.query.more",
                           "databases.rename", "databases.create.now"}) {
    CAPTURE(tail);
    const auto got = app.remote.request("sluice." + std::string{tail}, "{}");
    CHECK(failure_of(got).starts_with("not_found 404: "));
  }
}

TEST_CASE("a reply larger than NATS takes is refused with the limit's name") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  for (const auto* sql :
       {"SELECT hex(zeroblob(600000)) AS x",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT "
        "200000) SELECT i FROM c",
        "INSERT INTO t VALUES (zeroblob(700000)) RETURNING x"}) {
    CAPTURE(sql);
    const auto failure = app.failure(sql);
    CHECK(failure.starts_with("too_large 413: "));
    CHECK(failure.contains("max_payload"));
  }
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
  const auto most = app.run("SELECT hex(zeroblob(500000)) AS x");
  CHECK(most.body().size() > 1'000'000);
}

} // namespace sluice::tests
