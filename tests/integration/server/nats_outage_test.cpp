#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/fake_nats.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <future>

/// A NATS server that is not there, for a while.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;
using std::chrono::seconds;

std::vector<std::string> quick(const nats_server& nats) {
  return {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20"};
}

/// Without credentials a reconnect may need a moment.
void await_answer(client& remote) {
  wait_until("a request is answered", seconds{30}, [&remote] {
    return remote.connection()
        .request("sluice.health", "", {}, seconds{1})
        .has_value();
  });
}

} // namespace

TEST_CASE("a server that starts before NATS becomes ready with it") {
  auto nats = nats_server{};
  nats.stop();
  auto process = sluice_process{quick(nats), start_mode::launch};
  process.await_log("no NATS server answers at " + nats.url());
  CHECK(process.out().empty());
  nats.start();
  process.wait_until_ready();
  CHECK(process.url() == nats.url());
  CHECK(client{nats.url()}.request("sluice.health", "").at("/success")
        == "true");
  CHECK(process.stop() == 0);
}

TEST_CASE("a NATS that takes connections and says nothing is waited for") {
  auto silent = fake_nats{false};
  auto process
      = sluice_process{{"--nats-url", silent.url(), "--nats-connect-timeout-ms",
                        "100", "--nats-reconnect-wait-ms", "20"},
                       start_mode::launch};
  process.await_log("no NATS server answers at " + silent.url());
  // Each attempt has an end, and there is another one.
  wait_until("it tries again", seconds{30},
             [&silent] { return silent.connections() > 3; });
  CHECK(process.is_running());
  CHECK(process.out().empty());
  CHECK(process.stop() == 0);
}

TEST_CASE("a NATS that stands still at the start is served when it goes on") {
  auto nats = nats_server{};
  nats.pause();
  auto process
      = sluice_process{{"--nats-url", nats.url(), "--nats-connect-timeout-ms",
                        "200", "--nats-reconnect-wait-ms", "20"},
                       start_mode::launch};
  process.await_log("no NATS server answers at " + nats.url());
  nats.resume();
  process.wait_until_ready();
  CHECK(client{nats.url()}.request("sluice.health", "").at("/success")
        == "true");
  CHECK(process.stop() == 0);
}

TEST_CASE("SIGTERM ends a server that waits for NATS at once") {
  auto nats = nats_server{};
  nats.stop();
  for (const auto signal : {SIGTERM, SIGINT}) {
    // A long pause between attempts must not hold it up.
    auto process = sluice_process{
        {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "60000"},
        start_mode::launch};
    process.await_log("no NATS server answers");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(process.stop(signal) == 0);
    CHECK(std::chrono::steady_clock::now() - begin < seconds{3});
    CHECK(process.out().empty());
  }
}

TEST_CASE("requests work again when NATS comes back, and the log says so") {
  auto nats = nats_server{};
  auto process = sluice_process{quick(nats)};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  for (auto round = 1; round <= 3; ++round) {
    if (round % 2 == 0)
      nats.stop();
    else
      nats.kill();
    process.await_log("the connection to NATS is lost");
    nats.start();
    await_answer(remote);
    remote.run("app", "INSERT INTO t VALUES (1)");
    CHECK(remote.run("app", "SELECT count(*) AS n FROM t").at("/results/0/n")
          == std::to_string(round));
  }
  CHECK(process.log().contains("connected to NATS again, at " + nats.url()));
  CHECK(process.stop() == 0);
}

TEST_CASE("a server whose NATS is gone ends in order") {
  auto nats = nats_server{};
  auto process = sluice_process{quick(nats)};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  nats.stop();
  process.await_log("the connection to NATS is lost");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(process.stop() == 0);
  CHECK(std::chrono::steady_clock::now() - begin < seconds{10});
  nats.start();
  process.start();
  CHECK(client{nats.url()}.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":1}])");
}

TEST_CASE("a write that an outage overtakes is done once or not at all") {
  auto nats = nats_server{};
  auto process = sluice_process{quick(nats)};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  auto slow = std::async(std::launch::async, [&nats] {
    auto own = client{nats.url()};
    return own.connection()
        .request("sluice.db.app.query",
                 query_body("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 "
                            "UNION ALL SELECT i + 1 FROM c LIMIT 1000000) "
                            "SELECT count(*) FROM c"),
                 {}, seconds{5})
        .has_value();
  });
  wait_until("it runs", seconds{20}, [&remote] {
    return remote.request("sluice.stats", "").at("/requests_in_flight") != "0";
  });
  nats.kill();
  nats.start();
  await_answer(remote);
  wait_until("it has ended", seconds{30}, [&remote] {
    return remote.request("sluice.stats", "").at("/requests_in_flight") == "0";
  });
  const auto rows
      = remote.run("app", "SELECT count(*) AS n FROM t").at("/results/0/n");
  // The server had it, so that nothing keeps it from being done.
  CHECK(rows == "1");
  (void)slow.get();
  CHECK(process.stop() == 0);
}

TEST_CASE("a paused NATS holds requests up, and loses none") {
  auto nats = nats_server{};
  auto process = sluice_process{quick(nats)};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  nats.pause();
  auto waiting = std::async(std::launch::async, [&remote] {
    return remote.run("app", "INSERT INTO t VALUES (1)");
  });
  CHECK(waiting.wait_for(std::chrono::milliseconds{100})
        == std::future_status::timeout);
  nats.resume();
  CHECK(waiting.get().at("/meta/changes") == "1");
  CHECK(process.stop() == 0);
}

} // namespace sluice::tests
