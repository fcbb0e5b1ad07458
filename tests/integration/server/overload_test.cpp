#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <future>

/// Queues that are full.
namespace sluice::tests {

namespace {

/// What many clients get that send one slow write each at the same time.
std::vector<std::string> write_at_once(const std::string& url, int clients) {
  auto running = std::vector<std::future<std::string>>{};
  for (auto i = 0; i < clients; ++i)
    running.push_back(std::async(std::launch::async, [url] {
      auto own = client{url};
      return failure_of(own.query(
          "app", query_body("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 "
                            "UNION ALL SELECT i + 1 FROM c LIMIT 300000) "
                            "SELECT count(*) FROM c")));
    }));
  auto results = std::vector<std::string>{};
  for (auto& each : running)
    results.push_back(each.get());
  return results;
}

void check_overload(const std::string& option) {
  auto app = app_server{{option, "2"}};
  app.run("CREATE TABLE t(x)");
  const auto results = write_at_once(app.process.url(), 12);
  const auto refused = std::ranges::count_if(results, [](const auto& each) {
    return each.starts_with("overloaded 429: ");
  });
  const auto done = std::ranges::count_if(results, [](const auto& each) {
    return each.starts_with("no failure: ");
  });
  CHECK(refused > 0);
  CHECK(done > 0);
  CHECK(refused + done == 12);
  const auto stats = app.remote.request("sluice.stats", "");
  CHECK(stats.body().contains("\"requests_refused\":" + std::to_string(refused)
                              + ","));
  // What was refused was not executed.
  CHECK(app.results("SELECT count(*) AS n FROM t")
        == "[{\"n\":" + std::to_string(done) + "}]");
}

} // namespace

TEST_CASE("a database whose queue is full refuses requests") {
  check_overload("--admission-database-requests-max");
}

TEST_CASE("a server whose queue is full refuses requests") {
  check_overload("--admission-requests-max");
}

TEST_CASE("a request larger than the bytes that may wait is refused") {
  auto app = app_server{{"--admission-bytes-max", "8192"}};
  const auto failure = app.failure("SELECT '" + std::string(10'000, 'x') + "'");
  CHECK(failure.starts_with("overloaded 429: "));
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
}

} // namespace sluice::tests
