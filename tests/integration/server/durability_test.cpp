#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <set>
#include <thread>

/// What was acknowledged stays; what was refused never shows up.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

/// Writes rows from several clients until the server is gone.
class writers {
public:
  explicit writers(const std::string& url) {
    for (auto i = 0; i < 4; ++i)
      threads_.emplace_back([this, url, i] { write(url, i); });
  }
  void join() {
    threads_.clear();
  }
  [[nodiscard]] std::set<int> acknowledged() {
    const auto guard = std::lock_guard{mutex_};
    return acknowledged_;
  }

private:
  void write(const std::string& url, int first) {
    auto remote = client{url};
    for (auto row = first;; row += 4) {
      const auto got = remote.connection().request(
          "sluice.db.app.query",
          query_body("INSERT INTO t VALUES (" + std::to_string(row) + ")"), {},
          seconds{2});
      if (!got || !got->header("Nats-Service-Error").empty())
        return;
      const auto guard = std::lock_guard{mutex_};
      acknowledged_.insert(row);
    }
  }

  std::mutex mutex_;
  std::set<int> acknowledged_;
  std::vector<std::jthread> threads_;
};

} // namespace

TEST_CASE("data is there after a restart") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x); INSERT INTO t VALUES (1), (2)");
  const auto before
      = app.remote.request("sluice.databases.get", R"({"name":"app"})");
  REQUIRE(app.process.stop() == 0);
  app.process.start();
  auto remote = client{app.process.url()};
  CHECK(remote.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":1},{"x":2}])");
  const auto after
      = remote.request("sluice.databases.get", R"({"name":"app"})");
  CHECK(after.at("/database/uuid") == before.at("/database/uuid"));
}

TEST_CASE("every acknowledged write is there after kill -9") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x INTEGER PRIMARY KEY)");
  for (auto i = 0; i < 3; ++i) {
    auto load = writers{app.process.url()};
    wait_until("writes are acknowledged", seconds{30},
               [&load] { return load.acknowledged().size() >= 200; });
    app.process.kill();
    load.join();
    app.process.start();
    auto remote = client{app.process.url()};
    for (const auto row : load.acknowledged())
      REQUIRE(remote
                  .run("app", "SELECT count(*) AS n FROM t WHERE x = "
                                  + std::to_string(row))
                  .at("/results/0/n")
              == "1");
    CHECK(remote.run("app", "PRAGMA integrity_check").at("/results")
          == R"([{"integrity_check":"ok"}])");
    remote.run("app", "DELETE FROM t");
  }
}

TEST_CASE("of a batch that kill -9 meets there is all or nothing") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto load = std::jthread{[url = app.process.url()] {
    auto remote = client{url};
    const auto body
        = batch_body({"INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)",
                      "INSERT INTO t VALUES (3)"});
    while (remote.connection().request("sluice.db.app.query", body, {},
                                       seconds{2})) {}
  }};
  wait_until("batches are written", seconds{30}, [&app] {
    return std::stoi(app.run("SELECT count(*) AS n FROM t").at("/results/0/n"))
           > 150;
  });
  app.process.kill();
  load.join();
  app.process.start();
  const auto got = client{app.process.url()}.run(
      "app",
      "SELECT count(*) % 3 AS rest, sum(x) - 2 * count(*) AS odd FROM t");
  CHECK(got.at("/results") == R"([{"rest":0,"odd":0}])");
}

TEST_CASE("a refused write never shows up") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x UNIQUE)");
  app.run("INSERT INTO t VALUES (1)");
  for (auto i = 0; i < 10; ++i)
    CHECK(app.failure("INSERT INTO t VALUES (" + std::to_string(i + 10)
                      + "), (1)")
              .starts_with("conflict 409: "));
  REQUIRE(app.process.stop() == 0);
  app.process.start();
  CHECK(client{app.process.url()}.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":1}])");
}

} // namespace sluice::tests
