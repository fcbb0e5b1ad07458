#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>

/// A NATS server that is there, and takes nothing.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

constexpr auto mebibyte = std::size_t{1} << 20u;

/// About 800 kB of reply.
constexpr auto large_read = "SELECT hex(zeroblob(400000)) AS x";

/// Takes some hundred milliseconds.
constexpr auto slow_read
    = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT "
      "2000000) SELECT count(*) AS n FROM c";

/// Holds a database's writer up, or its reads where it may have one long read,
/// until `limits.statement_ms_max` is
/// over.
constexpr auto endless_read
    = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT "
      "count(*) AS n FROM c";

/// A Sluice with one reader.
struct paused_fixture {
  memory_is_given_back freed;
  nats_server nats;
  sluice_process process;
  client remote;

  explicit paused_fixture(std::vector<std::string> options)
      : process{with(nats, std::move(options))}, remote{nats.url()} {
    remote.create_database("app");
    remote.run("app", "CREATE TABLE t(x)");
  }

  static std::vector<std::string> with(const nats_server& nats,
                                       std::vector<std::string> options) {
    options.insert(options.end(),
                   {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20",
                    "--readers-count", "1"});
    return options;
  }

  void await_in_flight(const std::string& count) {
    wait_until(count + " requests are in flight", patience, [this, &count] {
      return remote.request("sluice.stats", "").at("/requests_in_flight")
             == count;
    });
  }
  void await_answers() {
    try {
      wait_until("requests are answered", patience, [this] {
        return remote.connection()
            .request("sluice.health", "", {}, seconds{1})
            .has_value();
      });
    } catch (const std::exception& problem) {
      FAIL(problem.what() << ":\n" << process.log());
    }
  }
  void await_log(const std::string& text) {
    wait_until("the log says: " + text, patience,
               [this, &text] { return process.log().contains(text); });
  }
};

} // namespace

TEST_CASE("replies to a NATS that reads nothing take memory up to a bound, and "
          "every request is answered") {
  constexpr auto reads = std::size_t{300};
  auto fixture = paused_fixture{{"--nats-unsent-bytes-max", "16777216",
                                 "--limits-statement-ms-max", "10000",
                                 "--readers-long-reads-per-database-max", "1"}};
  auto requests = unawaited_requests{fixture.nats.url()};
  // So that all of them are in the server before NATS stands still.
  requests.send("sluice.db.app.query", query_body(endless_read));
  fixture.await_in_flight("1");
  for (auto i = std::size_t{0}; i < reads; ++i)
    requests.send("sluice.db.app.query", query_body(large_read));
  fixture.await_in_flight(std::to_string(reads + 1));
  const auto before = memory_of(fixture.process.id()).peak_bytes;
  fixture.nats.pause();
  fixture.await_log("NATS takes replies too slowly");
  await_idle(fixture.process.id());
  const auto used = memory_of(fixture.process.id()).peak_bytes - before;
  fixture.nats.resume();
  wait_until("all are answered", patience,
             [&requests] { return requests.answered() == reads + 1; });
  CHECK(requests.duplicates() == 0);
  const auto served = requests.count_of(0);
  const auto refused = requests.count_of(429);
  CHECK(requests.at(0).error == 504);
  CHECK(served + refused == reads);
  // 240 MB of replies, had there been no bound.
  CHECK(refused > reads / 2);
  CHECK(served >= 20);
  CHECK(used < 64 * mebibyte);
  const auto last = requests.at(reads);
  CHECK(last.body.contains("nats.unsent_bytes_max"));
  CHECK(last.body.contains("\"retryable\":true"));
  // It serves again, and what was refused may be sent again.
  wait_until("nothing waits any more", patience, [&fixture] {
    return fixture.remote.request("sluice.stats", "").at("/reply_bytes_unsent")
           == "0";
  });
  CHECK(fixture.remote.run("app", large_read).body().size() > 700'000);
  CHECK(fixture.remote.request("sluice.stats", "").at("/replies_dropped")
        == "0");
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("writes to a NATS that reads nothing are refused before they are "
          "executed") {
  constexpr auto writes = std::size_t{200};
  auto fixture = paused_fixture{{"--nats-unsent-bytes-max", "4194304",
                                 "--writer-group-bytes-max", "1024",
                                 "--limits-statement-ms-max", "4000"}};
  auto requests = unawaited_requests{fixture.nats.url()};
  requests.send("sluice.db.app.query",
                query_body(std::string{"INSERT INTO t "} + endless_read));
  fixture.await_in_flight("1");
  for (auto i = std::size_t{0}; i < writes; ++i)
    requests.send("sluice.db.app.query",
                  query_body("INSERT INTO t VALUES (1) RETURNING "
                             "hex(zeroblob(100000)) AS x"));
  fixture.await_in_flight(std::to_string(writes + 1));
  fixture.nats.pause();
  fixture.await_log("NATS takes replies too slowly");
  await_idle(fixture.process.id());
  fixture.nats.resume();
  wait_until("all are answered", patience,
             [&requests] { return requests.answered() == writes + 1; });
  CHECK(requests.duplicates() == 0);
  CHECK(requests.count_of(429) > 0);
  CHECK(requests.at(0).error == 504);
  CHECK(requests.count_of(0) + requests.count_of(429) == writes);
  // Acknowledged and done are the same.
  CHECK(fixture.remote.run("app", "SELECT count(*) AS n FROM t")
            .at("/results/0/n")
        == std::to_string(requests.count_of(0)));
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("a NATS that answers no pings is left, and served when it wakes up") {
  auto fixture = paused_fixture{
      {"--nats-ping-interval-ms", "100", "--nats-connect-timeout-ms", "300"}};
  auto requests = unawaited_requests{fixture.nats.url()};
  for (auto round = 1; round <= 2; ++round) {
    // Work that ends while nobody takes its reply.
    const auto number
        = requests.send("sluice.db.app.query",
                        query_body(std::string{"INSERT INTO t "} + slow_read));
    fixture.await_in_flight("1");
    const auto losses = [&fixture] {
      return count_in(fixture.process.log(), "the connection to NATS is lost");
    };
    // On a busy machine pings of 100 ms may be late before, too.
    const auto before = losses();
    fixture.nats.pause();
    wait_until("the connection is given up", patience,
               [&losses, before] { return losses() > before; });
    await_idle(fixture.process.id());
    fixture.nats.resume();
    fixture.await_answers();
    // It is done, whether its reply was lost with the old connection or not.
    wait_until("the row is there", patience, [&fixture, round] {
      return fixture.remote.run("app", "SELECT count(*) AS n FROM t")
                 .at("/results/0/n")
             == std::to_string(round);
    });
    CHECK(requests.at(number).count <= 1);
  }
  CHECK(fixture.process.log().contains("answered no pings"));
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("SIGTERM ends a server whose NATS takes nothing") {
  auto fixture = paused_fixture{
      {"--nats-ping-interval-ms", "100", "--nats-connect-timeout-ms", "300"}};
  fixture.nats.pause();
  const auto begin = std::chrono::steady_clock::now();
  SECTION("while it still believes in it") {
    CHECK(fixture.process.stop() == 0);
  }
  SECTION("while it tries to connect again") {
    fixture.await_log("the connection to NATS is lost");
    CHECK(fixture.process.stop() == 0);
  }
  CHECK(std::chrono::steady_clock::now() - begin < seconds{20});
  CHECK(fixture.process.log().contains("stopped"));
  fixture.nats.resume();
}

} // namespace sluice::tests
