#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// What all services have in common: databases, transactions, discovery.
namespace sluice::tests {

TEST_CASE("a header or a setting names the database of a service") {
  auto app = service_server{
      {"--services-database", "main", "--services-databases", "app"}};
  CHECK(app.failure_of_request("users.list", "{}")
        == "not_found 404: there is no database 'main': make it with `sluice "
           "db create main`, or name another one in the header "
           "Sluice-Database");
  app.remote.create_database("main");
  app.add_user("ann");
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE name = 'users'")
        == "[]");
  const auto other = app.must("users.list", "{}", {{"Sluice-Database", "app"}});
  CHECK(other.at("/total") == "0");
  CHECK(app.must("users.list", "{}", {{"Sluice-Database", "main"}}).at("/total")
        == "1");
  CHECK(failure_of(app.ask("users.list", "{}", {{"Sluice-Database", "../x"}}))
            .starts_with("bad_request 400: the header Sluice-Database is not "
                         "valid: "));
}

TEST_CASE("services work only on the databases that a setting lists") {
  auto app = service_server{{"--services-databases", "listed"}};
  app.remote.create_database("listed");
  app.remote.create_database("other");
  app.must("users.list", "{}", {{"Sluice-Database", "listed"}});
  app.must("users.list", "{}", {{"Sluice-Database", "app"}});
  // Nobody learns which databases there are.
  for (const auto* name : {"other", "missing"})
    for (const auto* tail : {"users.list", "auth.login", "analytics.posts"})
      CHECK(failure_of(app.ask(tail, "{}", {{"Sluice-Database", name}}))
            == "not_authorized 403: services do not work on the database '"
                   + std::string{name}
                   + "': the setting services.databases does not list it");
  // Nothing was made there.
  CHECK(app.remote
            .run("other", "SELECT count(*) AS n FROM sqlite_schema WHERE "
                          "name = 'users'")
            .at("/results")
        == R"([{"n":0}])");
}

TEST_CASE("an asterisk lets services work on all databases") {
  auto app = service_server{{"--services-databases", "*"}};
  app.remote.create_database("other");
  app.must("users.list", "{}", {{"Sluice-Database", "other"}});
  CHECK(app.ask("users.list", "{}", {{"Sluice-Database", "missing"}}).code()
        == "not_found");
}

TEST_CASE("the tables of the services are made once, on the first use") {
  auto app = service_server{};
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE name = 'users'")
        == "[]");
  // A read may be the first.
  CHECK(app.must("posts.list", "{}").at("/total") == "0");
  const auto listed = app.ask("db.app.migrations.list", "").at("/migrations");
  CHECK(listed.contains("\"sluice/0001_users\""));
  const auto bookmark = app.must("users.list", "{}").header("Sluice-Bookmark");
  CHECK(app.must("users.list", "{}").header("Sluice-Bookmark") == bookmark);
  app.add_user("ann");
  app.process.stop();
  app.process.start();
  auto remote = client{app.process.url()};
  CHECK(remote.request("sluice.users.list", "{}").at("/total") == "1");
  CHECK(remote.request("sluice.db.app.migrations.list", "").at("/migrations")
        == listed);
}

TEST_CASE("a database that has tables of these names is left as it is") {
  auto app = service_server{};
  app.run("CREATE TABLE users(x); INSERT INTO users VALUES (1)");
  for (auto i = 0; i < 2; ++i)
    for (const auto* tail : {"users.list", "posts.list", "analytics.users"}) {
      const auto failure = app.failure_of_request(tail, "{}");
      CHECK(failure.starts_with("sql_error 400: the services' tables cannot be "
                                "made in the database 'app' (migration "
                                "sluice/0001_users): "));
      CHECK(failure.contains("table users already exists"));
      CHECK(failure.contains("Sluice-Database"));
    }
  CHECK(app.results("SELECT name FROM sqlite_schema WHERE name NOT LIKE "
                    "'%\\_cf\\_%' ESCAPE '\\'")
        == R"([{"name":"users"}])");
  CHECK(app.results("SELECT x FROM users") == R"([{"x":1}])");
}

TEST_CASE("a write with an id is executed once, in each database") {
  auto app = service_server{{"--services-databases", "other"}};
  const auto* const body = R"({"name":"Ann","email":"a@b.de"})";
  const auto first = app.must("users.create", body, {{"Nats-Msg-Id", "1"}});
  const auto second = app.must("users.create", body, {{"Nats-Msg-Id", "1"}});
  CHECK(second.body() == first.body());
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(app.must("users.list", "{}").at("/total") == "1");
  CHECK(failure_of(app.ask("users.create", R"({"name":"B","email":"b@b.de"})",
                           {{"Nats-Msg-Id", "1"}}))
            .starts_with("conflict 409: "));
  app.remote.create_database("other");
  const auto elsewhere
      = app.must("users.create", body,
                 {{"Nats-Msg-Id", "1"}, {"Sluice-Database", "other"}});
  CHECK(elsewhere.header("Sluice-Replayed").empty());
  // A failure is not remembered: nothing of it was done.
  const auto* const bulk = R"({"posts":[{"user_id":2,"title":"x"}]})";
  CHECK(app.ask("posts.bulk_create", bulk, {{"Nats-Msg-Id", "2"}}).code()
        == "not_found");
  app.must("users.create", R"({"name":"B","email":"b@b.de"})");
  CHECK(app.must("posts.bulk_create", bulk, {{"Nats-Msg-Id", "2"}}).at("/total")
        == "1");
}

TEST_CASE("a service sees its own writes through a bookmark") {
  auto app = service_server{};
  for (auto i = 1; i <= 20; ++i) {
    const auto made
        = app.must("users.create", R"({"name":"n","email":"n)"
                                       + std::to_string(i) + R"(@b.de"})");
    const auto bookmark = made.header("Sluice-Bookmark");
    CHECK(app.must("users.get", "{\"id\":" + std::to_string(i) + "}",
                   {{"Sluice-Bookmark", bookmark}})
              .at("/user/id")
          == std::to_string(i));
  }
}

TEST_CASE("clients' triggers on the services' tables have clients' rights") {
  auto app = service_server{};
  app.add_user("ann");
  app.run("CREATE TRIGGER t AFTER INSERT ON posts BEGIN UPDATE _cf_METADATA "
          "SET commit_number = 0; END");
  CHECK(app.failure_of_request("posts.create", R"({"user_id":1,"title":"x"})")
            .starts_with("not_authorized 403: "));
  CHECK(app.must("posts.list", "{}").at("/total") == "0");
}

TEST_CASE("a row of the services cannot be replaced past the index") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("rivers");
  CHECK(app.failure("INSERT OR REPLACE INTO posts(id, user_id, title) VALUES "
                    "(1, 1, 'lakes')")
            .contains("posts cannot be replaced"));
  CHECK(app.failure("UPDATE posts SET id = 9").contains("cannot be changed"));
  // A user can be, and the posts of the old one go.
  app.run("INSERT OR REPLACE INTO users(name, email) VALUES ('new', "
          "'ann@example.org')");
  CHECK(app.must("posts.search", R"({"query":"rivers"})").at("/total") == "0");
  CHECK(app.must("users.list", "{}").at("/total") == "1");
  app.run("INSERT INTO posts_search(posts_search) VALUES ('integrity-check')");
}

TEST_CASE("services work under D1's limits") {
  auto app = service_server{{"--limits-profile", "d1"}};
  app.add_user("ann");
  app.add_post("rivers of Europe", "the Danube");
  app.add_post("rivers of Asia", "the Yangtze");
  CHECK(app.must("posts.search", R"({"query":"ann riv* \"the danube\""})")
            .at("/total")
        == "1");
  CHECK(app.must("posts.related", R"({"id":1})").at("/posts/0/id") == "2");
  CHECK(app.must("analytics.posts", "").at("/total_posts") == "2");
}

TEST_CASE("services are shown in discovery and counted in stats") {
  auto app = service_server{};
  app.add_user("ann");
  CHECK(app.failure_of_request("users.get", R"({"id":2})")
            .starts_with("not_found"));
  const auto info = app.remote.request("$SRV.INFO.sluice", "");
  CHECK(info.body().contains(R"("name":"posts_bulk_create",)"
                             R"("subject":"sluice.posts.bulk_create")"));
  const auto stats = app.ask("stats", "");
  CHECK(stats.at("/endpoints/users_create/requests") == "1");
  CHECK(stats.at("/endpoints/users_get/errors") == "1");
}

} // namespace sluice::tests
