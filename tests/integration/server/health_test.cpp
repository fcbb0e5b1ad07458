#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.health` and `sluice.stats`
namespace sluice::tests {

namespace {

std::uint64_t number_at(const reply& got, const std::string& pointer) {
  const auto text = got.at(pointer);
  return text == "(none)" ? std::uint64_t{0} - 1 : std::stoull(text);
}

} // namespace

TEST_CASE("a server that serves is well") {
  auto app = app_server{{"--server-name", "one"}};
  const auto got = app.remote.request("sluice.health", "");
  CHECK(got.at("/success") == "true");
  CHECK(got.at("/status") == "\"ok\"");
  CHECK(got.at("/server") == "\"one\"");
  CHECK(got.at("/version").size() > 2);
  CHECK(number_at(got, "/uptime_s") < 60);
}

TEST_CASE("the counters count requests, failures and commits") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto before = app.remote.request("sluice.stats", "");
  CHECK(before.at("/success") == "true");
  for (auto i = 0; i < 3; ++i)
    app.run("INSERT INTO t VALUES (1)");
  for (auto i = 0; i < 5; ++i)
    app.run("SELECT * FROM t");
  CHECK(app.failure("SELEC 1").starts_with("sql_error"));
  CHECK(app.exec("{}").code() == "bad_request");
  const auto after = app.remote.request("sluice.stats", "");
  const auto grown = [&](const std::string& pointer) {
    return number_at(after, pointer) - number_at(before, pointer);
  };
  CHECK(grown("/endpoints/db_query/requests") == 9);
  CHECK(grown("/endpoints/db_query/errors") == 1);
  CHECK(grown("/endpoints/db_query/processing_ns") > 0);
  CHECK(grown("/endpoints/db_exec/requests") == 1);
  CHECK(grown("/endpoints/db_exec/errors") == 1);
  CHECK(grown("/writes_committed") == 3);
  CHECK(grown("/commits") == 3);
  CHECK(number_at(after, "/databases_open") == 1);
  CHECK(number_at(after, "/requests_in_flight") == 0);
  CHECK(number_at(after, "/bytes_in_flight") == 0);
  CHECK(number_at(after, "/readers") >= 2);
}

} // namespace sluice::tests
