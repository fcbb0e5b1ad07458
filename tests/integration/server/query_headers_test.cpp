#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

/// Headers of requests and replies.
namespace sluice::tests {

namespace {

using std::chrono::steady_clock;

/// Never ends by itself.
constexpr auto runaway = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i "
                         "+ 1 FROM c) SELECT count(*) FROM c";

constexpr auto trace
    = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

} // namespace

TEST_CASE("the trace context comes back with successes and failures") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  for (const auto* sql : {"SELECT 1", "INSERT INTO t VALUES (1)", "SELEC 1",
                          "INSERT INTO nothing VALUES (1)"}) {
    CAPTURE(sql);
    const auto got = app.query(query_body(sql), {{"traceparent", trace}});
    CHECK(got.header("traceparent") == trace);
  }
  const auto listed = app.remote.request("sluice.databases.list", "",
                                         {{"traceparent", trace}});
  CHECK(listed.header("traceparent") == trace);
  CHECK(app.run("SELECT 1").header("traceparent").empty());
}

TEST_CASE("unknown headers are ignored") {
  auto app = app_server{};
  const auto got
      = app.query(query_body("SELECT 1 AS x"),
                  {{"X-Unknown", "1"}, {"Sluice-Unheard-Of", "\"'"}});
  CHECK(got.at("/results") == R"([{"x":1}])");
  CHECK(got.header("X-Unknown").empty());
}

TEST_CASE("headers are known in whatever case their names come") {
  auto app = app_server{};
  for (const auto* name :
       {"Sluice-Timeout-Ms", "sluice-timeout-ms", "SLUICE-TIMEOUT-MS"}) {
    CAPTURE(name);
    CHECK(failure_of(app.query(query_body("SELECT 1"), {{name, "soon"}}))
              .starts_with("bad_request 400: the header Sluice-Timeout-Ms"));
    CHECK(failure_of(app.query(query_body(runaway), {{name, "50"}}))
              .starts_with("timeout 504: "));
  }
  CHECK(app.query(query_body("SELECT 1"), {{"Traceparent", trace}})
            .header("traceparent")
        == trace);
}

TEST_CASE("a timeout that is no number of milliseconds is refused") {
  auto app = app_server{};
  for (const auto* wrong : {"0", "-1", "1.5", "10s", "1e3", "0x10", "two",
                            "99999999999999999999999"}) {
    CAPTURE(wrong);
    CHECK(failure_of(
              app.query(query_body("SELECT 1"), {{"Sluice-Timeout-Ms", wrong}}))
              .starts_with("bad_request 400: the header Sluice-Timeout-Ms"));
  }
  // More than the bound is the bound.
  CHECK(app.query(query_body("SELECT 1"), {{"Sluice-Timeout-Ms", "999999999"}})
            .code()
            .empty());
}

TEST_CASE("a read that runs away ends with the caller's patience") {
  auto app = app_server{};
  const auto begin = steady_clock::now();
  const auto got
      = app.query(query_body(runaway), {{"Sluice-Timeout-Ms", "200"}});
  const auto took = steady_clock::now() - begin;
  CHECK(failure_of(got).starts_with("timeout 504: "));
  CHECK(took >= std::chrono::milliseconds{200});
  CHECK(took < std::chrono::seconds{5});
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
}

TEST_CASE("a write that runs away ends with the caller's patience") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto begin = steady_clock::now();
  const auto got = app.query(
      query_body("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                 "SELECT i + 1 FROM c) SELECT count(*) FROM c"),
      {{"Sluice-Timeout-Ms", "200"}});
  CHECK(failure_of(got).starts_with("timeout 504: "));
  CHECK(steady_clock::now() - begin < std::chrono::seconds{5});
  app.run("INSERT INTO t VALUES (5)");
  CHECK(app.results("SELECT x FROM t") == R"([{"x":5}])");
}

TEST_CASE("a write that is still queued when its time is over is not done") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto other = client{app.process.url()};
  // Keeps the writer busy; its own reply goes to nobody.
  const auto slow
      = query_body("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                   "SELECT i + 1 FROM c) SELECT count(*) FROM c");
  const auto limit
      = std::vector<messaging::header>{{"Sluice-Timeout-Ms", "1000"}};
  REQUIRE(other.connection()
              .publish("sluice.db.app.query", slow, limit)
              .has_value());
  other.connection().flush();
  REQUIRE(other.connection().sync(std::chrono::seconds{5}).has_value());
  const auto got = app.query(query_body("INSERT INTO t VALUES (7)"),
                             {{"Sluice-Timeout-Ms", "100"}});
  const auto failure = failure_of(got);
  CHECK(failure.starts_with("timeout 504: "));
  CHECK(failure.contains("not executed"));
  app.run("INSERT INTO t VALUES (8)");
  CHECK(app.results("SELECT x FROM t") == R"([{"x":8}])");
}

TEST_CASE("the bound of a statement holds for those who set no timeout") {
  auto app = app_server{{"--limits-statement-ms-max", "200"}};
  CHECK(app.failure(runaway).starts_with("timeout 504: "));
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
}

} // namespace sluice::tests
