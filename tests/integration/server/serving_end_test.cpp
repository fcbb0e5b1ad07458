#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

/// `sluice serve`: how it ends.
namespace sluice::tests {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

/// Takes some hundred milliseconds.
constexpr auto slow_count
    = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT "
      "2000000) SELECT count(*) AS n FROM c";

/// Waits until the server has taken a request that is not answered yet.
void await_request(client& other) {
  wait_until("a request is being served", seconds{20}, [&other] {
    return other.request("sluice.stats", "").at("/requests_in_flight") != "0";
  });
}

} // namespace

TEST_CASE("SIGTERM, SIGINT, SIGHUP and SIGQUIT end a server in order") {
  for (const auto signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    CAPTURE(signal);
    auto process = sluice_process{};
    const auto begin = steady_clock::now();
    CHECK(process.stop(signal) == 0);
    CHECK(steady_clock::now() - begin < seconds{10});
    CHECK(process.log().contains("stopping"));
    CHECK(process.log().contains("stopped"));
    CHECK(!process.log().contains("error"));
  }
}

TEST_CASE("SIGUSR1 and SIGUSR2 change nothing") {
  auto app = app_server{};
  for (const auto signal : {SIGUSR1, SIGUSR2})
    ::kill(app.process.id(), signal);
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
  CHECK(app.process.stop() == 0);
}

TEST_CASE("a closed terminal does not end a server that nohup started") {
  auto process
      = sluice_process{{},
                       sluice_process::start_mode::later,
                       {"/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "nohup"}};
  process.start();
  ::kill(process.id(), SIGHUP);
  CHECK(client{process.url()}.request("sluice.health", "").at("/success")
        == "true");
  CHECK(process.stop() == 0);
}

TEST_CASE("signals of a closed terminal do not cut a drain short") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto other = client{app.process.url()};
  auto write = std::async(std::launch::async, [&app] {
    return client{app.process.url()}.run("app", std::string{"INSERT INTO t "}
                                                    + slow_count);
  });
  await_request(other);
  ::kill(app.process.id(), SIGHUP);
  app.process.await_log("stopping (SIGHUP)");
  ::kill(app.process.id(), SIGHUP);
  CHECK(write.get().at("/meta/changes") == "1");
  CHECK(app.process.wait() == 0);
}

TEST_CASE("requests that are being served when SIGTERM comes are answered") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto other = client{app.process.url()};
  const auto send = [&app](const std::string& sql) {
    return std::async(std::launch::async, [&app, sql] {
      return client{app.process.url()}.run("app", sql);
    });
  };
  auto read = send(slow_count);
  auto write = send(std::string{"INSERT INTO t "} + slow_count);
  wait_until("both requests are being served", seconds{20}, [&other] {
    return other.request("sluice.stats", "").at("/requests_in_flight") == "2";
  });
  ::kill(app.process.id(), SIGTERM);
  CHECK(read.get().at("/results") == R"([{"n":2000000}])");
  CHECK(write.get().at("/meta/changes") == "1");
  CHECK(app.process.wait() == 0);
  app.process.start();
  CHECK(client{app.process.url()}.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":2000000}])");
}

TEST_CASE("many requests at the moment of SIGTERM are all answered") {
  auto nats = nats_server{};
  auto process = sluice_process{{"--nats-url", nats.url()}};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  auto answered = std::atomic<int>{0};
  auto lost = std::atomic<int>{0};
  auto threads = std::vector<std::jthread>{};
  for (auto i = 0; i < 4; ++i)
    threads.emplace_back([&](const std::stop_token& stop) {
      auto own = client{nats.url()};
      const auto body = query_body("INSERT INTO t VALUES (1)");
      while (!stop.stop_requested()) {
        const auto got = own.connection().request("sluice.db.app.query", body,
                                                  {}, seconds{20});
        if (!got) {
          // Nobody is there any more: it was not taken.
          if (got.error().what != messaging::failure::kind::no_responders)
            ++lost;
          return;
        }
        if (got->header("Nats-Service-Error").empty())
          ++answered;
      }
    });
  wait_until("requests flow", seconds{20},
             [&answered] { return answered > 200; });
  CHECK(process.stop() == 0);
  threads.clear();
  CHECK(lost == 0);
  process.start();
  const auto count = remote.run("app", "SELECT count(*) AS n FROM t");
  CHECK(std::stoi(count.at("/results/0/n")) >= answered);
}

TEST_CASE("a second signal ends a server that drains at once") {
  auto app = app_server{};
  auto other = client{app.process.url()};
  auto running = std::async(std::launch::async, [&app] {
    auto own = client{app.process.url()};
    const auto endless = query_body(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
        "SELECT count(*) FROM c");
    return own.connection()
        .request("sluice.db.app.query", endless, {}, seconds{4})
        .has_value();
  });
  await_request(other);
  ::kill(app.process.id(), SIGTERM);
  wait_until("it drains", seconds{20},
             [&app] { return app.process.log().contains("stopping"); });
  const auto begin = steady_clock::now();
  CHECK(app.process.stop() == 1);
  CHECK(steady_clock::now() - begin < seconds{10});
  CHECK(!running.get());
}

TEST_CASE("a drain that takes too long ends with a failure") {
  auto app = app_server{{"--shutdown-drain-ms-max", "200"}};
  auto other = client{app.process.url()};
  auto running = std::async(std::launch::async, [&app] {
    auto own = client{app.process.url()};
    const auto limit
        = std::vector<messaging::header>{{"Sluice-Timeout-Ms", "4000"}};
    const auto endless = query_body(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
        "SELECT count(*) FROM c");
    return own.connection().request("sluice.db.app.query", endless, limit,
                                    seconds{20});
  });
  await_request(other);
  CHECK(app.process.stop() == 1);
  CHECK(app.process.log().contains("not everything in time"));
  CHECK(running.get().has_value());
}

} // namespace sluice::tests
