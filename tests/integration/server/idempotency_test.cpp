#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// The header Nats-Msg-Id.
namespace sluice::tests {

namespace {

constexpr auto insert = "INSERT INTO t VALUES (1)";

} // namespace

TEST_CASE("a write with the same id again is answered and not executed") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto first = app.query(query_body(insert), {{"Nats-Msg-Id", "a"}});
  CHECK(first.code().empty());
  CHECK(first.header("Sluice-Replayed").empty());
  const auto second = app.query(query_body(insert), {{"Nats-Msg-Id", "a"}});
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(second.body() == first.body());
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":1}])");
  const auto third = app.query(query_body(insert), {{"Nats-Msg-Id", "b"}});
  CHECK(third.header("Sluice-Replayed").empty());
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":2}])");
}

TEST_CASE("a script and a batch are remembered by their id too") {
  auto app = app_server{};
  const auto script = query_body("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  const auto batch = batch_body({insert, insert});
  for (auto round = 0; round < 2; ++round) {
    const auto expected = round == 0 ? "" : "true";
    CHECK(app.remote.exec("app", script, {{"Nats-Msg-Id", "a"}})
              .header("Sluice-Replayed")
          == expected);
    CHECK(app.query(batch, {{"Nats-Msg-Id", "b"}}).header("Sluice-Replayed")
          == expected);
  }
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":3}])");
}

TEST_CASE("an id that comes back with something else is a conflict") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  CHECK(app.query(query_body(insert), {{"Nats-Msg-Id", "a"}}).code().empty());
  CHECK(failure_of(app.query(query_body("INSERT INTO t VALUES (2)"),
                             {{"Nats-Msg-Id", "a"}}))
        == "conflict 409: the id in the header Nats-Msg-Id was used by another "
           "request; it was not executed");
  CHECK(failure_of(
            app.remote.exec("app", query_body(insert), {{"Nats-Msg-Id", "a"}}))
            .starts_with("conflict 409: "));
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":1}])");
}

TEST_CASE("the same id in another database is another request") {
  auto app = app_server{};
  app.remote.create_database("other");
  for (const auto* database : {"app", "other"})
    CHECK(app.remote
              .query(database, query_body("CREATE TABLE t(x)"),
                     {{"Nats-Msg-Id", "a"}})
              .header("Sluice-Replayed")
              .empty());
}

TEST_CASE("an id is remembered after the server was killed") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto first = app.query(query_body(insert), {{"Nats-Msg-Id", "a"}});
  app.process.kill();
  app.process.start();
  app.remote = client{app.process.url()};
  const auto second = app.query(query_body(insert), {{"Nats-Msg-Id", "a"}});
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(second.body() == first.body());
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":1}])");
}

TEST_CASE("a database is created and deleted once, however often it is asked") {
  auto app = app_server{};
  const auto create = [&app](std::string_view body) {
    return app.remote.request("sluice.databases.create", body,
                              {{"Nats-Msg-Id", "create"}});
  };
  const auto remove = [&app] {
    return app.remote.request("sluice.databases.delete",
                              R"({"name": "orders"})",
                              {{"Nats-Msg-Id", "delete"}});
  };
  const auto first = create(R"({"name": "orders"})");
  CHECK(first.code().empty());
  CHECK(first.header("Sluice-Replayed").empty());
  CHECK(failure_of(create(R"({"name": "others"})"))
            .starts_with("conflict 409: the id in the header Nats-Msg-Id"));
  app.process.kill();
  app.process.start();
  app.remote = client{app.process.url()};
  const auto second = create(R"({"name": "orders"})");
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(second.body() == first.body());
  CHECK(remove().code().empty());
  // A deletion that comes late does not hit the next database of that name.
  app.remote.create_database("orders");
  CHECK(remove().header("Sluice-Replayed") == "true");
  CHECK(app.remote.query("orders", query_body("SELECT 1")).code().empty());
}

TEST_CASE("an id that is too long is refused") {
  auto app = app_server{};
  const auto longest = std::string(255, 'a');
  const auto too_long = longest + "a";
  CHECK(app.query(query_body("CREATE TABLE t(x)"), {{"Nats-Msg-Id", longest}})
            .code()
            .empty());
  CHECK(failure_of(app.query(query_body(insert), {{"Nats-Msg-Id", too_long}}))
        == "bad_request 400: the header Nats-Msg-Id is longer than 255 bytes");
}

} // namespace sluice::tests
