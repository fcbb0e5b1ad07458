#include "codec/json_writer.hpp"
#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <regex>

/// `sluice.db.<db>.migrations.*`
namespace sluice::tests {

namespace {

struct named {
  std::string_view name;
  std::string_view sql;
};

std::string body_of(std::initializer_list<named> migrations) {
  auto result = std::string{"{\"migrations\":["};
  for (const auto& [name, sql] : migrations)
    result += std::string{result.ends_with('[') ? "" : ","} + "{\"name\":"
              + codec::quoted(name) + ",\"sql\":" + codec::quoted(sql) + "}";
  return result + "]}";
}

std::string two() {
  return body_of({{"0001_t", "CREATE TABLE t(x); INSERT INTO t VALUES (1)"},
                  {"0002_u", "CREATE TABLE u(x)"}});
}

reply migrate(service_server& app, std::string_view body,
              std::initializer_list<messaging::header> headers = {}) {
  return app.ask("db.app.migrations.apply", body, headers);
}

} // namespace

TEST_CASE("migrations are applied once each, in order, and listed") {
  auto app = service_server{};
  CHECK(app.ask("db.app.migrations.list", "").body()
        == R"({"success":true,"migrations":[]})");
  const auto first = migrate(app, two());
  CHECK(first.body() == R"({"success":true,"applied":["0001_t","0002_u"]})");
  CHECK_FALSE(first.header("Sluice-Bookmark").empty());
  CHECK(migrate(app, two()).body() == R"({"success":true,"applied":[]})");
  CHECK(
      migrate(app, body_of({{"0001_t", "x"}, {"0003_v", "CREATE TABLE v(x)"}}))
          .body()
      == R"({"success":true,"applied":["0003_v"]})");
  const auto listed = app.ask("db.app.migrations.list", "{}");
  CHECK(listed.at("/migrations/0/id") == "1");
  CHECK(listed.at("/migrations/2/name") == "\"0003_v\"");
  CHECK(std::regex_match(listed.at("/migrations/0/applied_at"),
                         std::regex{R"("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")"}));
  CHECK(app.results("SELECT x FROM t") == R"([{"x":1}])");
}

TEST_CASE("migrations stop at the first that fails, which changes nothing") {
  auto app = service_server{};
  CHECK(
      failure_of(migrate(app, body_of({{"a", "CREATE TABLE a(x)"},
                                       {"b", "CREATE TABLE b(x);\nINSERT INTO "
                                             "c VALUES (1)"},
                                       {"d", "CREATE TABLE d(x)"}})))
      == "sql_error 400: the migration 'b' failed: statement 2, line 2: no "
         "such table: c: SQLITE_ERROR; nothing of it was applied; applied "
         "before it, and kept: 'a'");
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b', "
                    "'d')")
        == R"([{"name":"a"}])");
  CHECK(app.results("SELECT name FROM d1_migrations") == R"([{"name":"a"}])");
  CHECK(failure_of(migrate(app, body_of({{"e", "x"}})))
            .ends_with("; nothing of it was applied"));
}

TEST_CASE("a migration of comments only is applied") {
  auto app = service_server{};
  CHECK(migrate(app, body_of({{"a", "-- nothing yet\n"}, {"b", ""}})).body()
        == R"({"success":true,"applied":["a","b"]})");
  CHECK(app.results("SELECT name FROM d1_migrations")
        == R"([{"name":"a"},{"name":"b"}])");
}

TEST_CASE("a migration that rebuilds a table keeps the rows that refer to it") {
  auto app = service_server{};
  const auto first = named{
      "0001", "CREATE TABLE users(id INTEGER PRIMARY KEY, name);"
              "CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id REFERENCES "
              "users(id) ON DELETE CASCADE);"
              "INSERT INTO users VALUES (1, 'a'); INSERT INTO posts VALUES (1, "
              "1)"};
  const auto rebuild = std::string{
      "PRAGMA foreign_keys=OFF;\n--> statement-breakpoint\n"
      "CREATE TABLE __new_users(id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
      "INSERT INTO __new_users SELECT * FROM users;\n"
      "DROP TABLE users;\n"
      "ALTER TABLE __new_users RENAME TO users;\n"
      "PRAGMA foreign_keys=ON;"};
  CHECK(migrate(app, body_of({first, {"0002", rebuild}})).body()
        == R"({"success":true,"applied":["0001","0002"]})");
  CHECK(app.results("SELECT count(*) AS n FROM posts") == R"([{"n":1}])");
  const auto failure = failure_of(migrate(
      app, body_of({{"0003", "PRAGMA foreign_keys=OFF; DELETE FROM users"},
                    {"0004", "CREATE TABLE x(y)"}})));
  CHECK(failure.starts_with("constraint 422: the migration '0003' failed: "
                            "FOREIGN KEY constraint failed"));
  CHECK(failure.contains("row 1 of table posts has no parent in table users"));
  CHECK(failure.ends_with("; nothing of it was applied"));
  CHECK(app.results("SELECT count(*) AS n FROM users") == R"([{"n":1}])");
  CHECK(app.results("SELECT count(*) AS n FROM d1_migrations")
        == R"([{"n":2}])");
}

TEST_CASE("migrations with an id are applied once, and answered again") {
  auto app = service_server{};
  const auto first = migrate(app, two(), {{"Nats-Msg-Id", "1"}});
  const auto second = migrate(app, two(), {{"Nats-Msg-Id", "1"}});
  CHECK(second.body() == first.body());
  CHECK(first.header("Sluice-Replayed").empty());
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(failure_of(
            migrate(app, body_of({{"x", "SELECT 1"}}), {{"Nats-Msg-Id", "1"}}))
            .starts_with("conflict 409: "));
}

TEST_CASE("wrong requests for migrations name the field") {
  auto app = service_server{};
  for (const auto& [body, words] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"{}", "'migrations' is missing"},
           {R"({"migrations":[]})", "'migrations' must have"},
           {R"({"migrations":[{"sql":"x"}]})", "'migrations[0].name'"},
           {R"({"migrations":[{"name":"a"}]})", "'migrations[0].sql'"},
           {R"({"migrations":[{"name":"a","sql":1}]})", "'migrations[0].sql'"},
           {R"({"migrations":[{"name":"sluice/1","sql":"x"}]})",
            "must not begin with sluice/"},
           {R"({"migrations":1})", "'migrations' must be an array"}}) {
    CAPTURE(body);
    const auto failure = failure_of(migrate(app, body));
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains(words));
  }
  CHECK(failure_of(app.ask("db.app.migrations.list", R"({"x":1})"))
            .contains("unknown field 'x'"));
  CHECK(failure_of(app.ask("db.other.migrations.list", ""))
            .starts_with("not_found 404: "));
  CHECK(failure_of(app.ask("db.other.migrations.apply", two()))
            .starts_with("not_found 404: "));
}

TEST_CASE("a migration may do no more than its client") {
  auto app = service_server{};
  CHECK(failure_of(migrate(app, body_of({{"a", "DROP TABLE _cf_METADATA"}})))
            .starts_with("not_authorized 403: "));
  CHECK(failure_of(migrate(app, body_of({{"a", "COMMIT"}})))
            .starts_with("not_authorized 403: "));
  // A deferred foreign key must hold at its end.
  CHECK(
      failure_of(
          migrate(app, body_of({{"a", "CREATE TABLE p(id INTEGER PRIMARY KEY); "
                                      "CREATE TABLE c(p REFERENCES p(id) "
                                      "DEFERRABLE INITIALLY DEFERRED); INSERT "
                                      "INTO c VALUES (1)"}})))
          .starts_with("constraint 422: "));
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE name = 'p'") == "[]");
}

} // namespace sluice::tests
