#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

/// A NATS server whose `max_payload` is smaller than a reply.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;
using std::chrono::seconds;

constexpr auto small = "max_payload: 64KB";
constexpr auto header_bytes = 4'096;

/// A text of so many bytes.
std::string text_of(std::size_t bytes) {
  return "SELECT printf('%.*c', " + std::to_string(bytes) + ", 'x') AS x";
}

struct payload_fixture {
  nats_server nats;
  sluice_process process;
  client remote;

  explicit payload_fixture(const std::string& configuration)
      : nats{configuration},
        process{{"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20"}},
        remote{nats.url()} {
    remote.create_database("app");
  }

  /// What a query of a text of so many bytes gives.
  std::string read(std::size_t bytes) {
    const auto got = remote.query("app", query_body(text_of(bytes)));
    return got.code().empty() ? "no failure" : failure_of(got);
  }
  void await_connections(int count) {
    wait_until("it is connected again", patience, [this, count] {
      return count_in(process.log(), "connected to NATS again") >= count;
    });
  }
};

} // namespace

TEST_CASE("a reply that NATS has no room for is too large, and the bound is "
          "named") {
  auto fixture = payload_fixture{small};
  constexpr auto bound = std::size_t{65'536} - header_bytes;
  CHECK(fixture.read(bound - 1'000) == "no failure");
  for (const auto bytes : {bound, std::size_t{200'000}}) {
    const auto failure = fixture.read(bytes);
    CHECK(failure.starts_with("too_large 413: "));
    CHECK(failure.contains("max_payload"));
    CHECK(failure.contains(std::to_string(bound)));
  }
  // A write whose reply does not fit is not done either.
  fixture.remote.run("app", "CREATE TABLE t(x)");
  CHECK(failure_of(fixture.remote.query(
                       "app", query_body("INSERT INTO t VALUES (1) RETURNING "
                                         "hex(zeroblob(100000)) AS x")))
            .starts_with("too_large 413: "));
  CHECK(fixture.remote.run("app", "SELECT count(*) AS n FROM t")
            .at("/results/0/n")
        == "0");
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("an error that NATS has no room for is still told") {
  auto fixture = payload_fixture{"max_payload: 1KB"};
  // SQLite repeats the name.
  const auto failure = failure_of(fixture.remote.query(
      "app", query_body("SELECT * FROM " + std::string(800, 't'))));
  CHECK(failure.starts_with("too_large 413: "));
  CHECK(fixture.read(10) == "no failure");
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("after a restart of NATS its new bound counts, smaller or larger") {
  auto fixture = payload_fixture{""};
  CHECK(fixture.read(500'000) == "no failure");
  auto restarts = 0;
  for (const auto* configuration : {small, "max_payload: 256KB", small}) {
    fixture.nats.stop();
    fixture.nats.configure(configuration);
    fixture.nats.start();
    fixture.await_connections(++restarts);
    const auto is_small = configuration == small;
    CHECK((fixture.read(100'000) == "no failure") == !is_small);
    CHECK(fixture.read(50'000) == "no failure");
    CHECK(fixture.read(500'000).starts_with("too_large 413: "));
  }
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("a reply larger than a bound that was lowered by a reload does not "
          "end the service") {
  auto fixture = payload_fixture{""};
  fixture.nats.configure(small);
  fixture.nats.reload();
  // NATS tells its clients nothing of it, and cuts off who sends too much.
  auto requests = unawaited_requests{fixture.nats.url()};
  requests.send("sluice.db.app.query", query_body(text_of(100'000)));
  wait_until("it serves again, with the new bound", patience, [&fixture] {
    const auto got = fixture.remote.connection().request(
        "sluice.db.app.query", query_body(text_of(100'000)), {}, seconds{1});
    return got && got->header("Nats-Service-Error").contains("max_payload");
  });
  // Its words may be lost with the connection.
  CHECK(fixture.process.log().contains("the connection to NATS is lost"));
  CHECK(fixture.process.is_running());
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("a reply that was kept for a NATS that comes back smaller does not "
          "end the service") {
  auto fixture = payload_fixture{""};
  auto requests = unawaited_requests{fixture.nats.url()};
  fixture.remote.run("app", "CREATE TABLE t(x)");
  requests.send("sluice.db.app.query",
                query_body("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 "
                           "UNION ALL SELECT i + 1 FROM c LIMIT 1000000) "
                           "SELECT count(*) FROM c RETURNING "
                           "hex(zeroblob(100000)) AS x"));
  wait_until("it runs", patience, [&fixture] {
    return fixture.remote.request("sluice.stats", "").at("/requests_in_flight")
           == "1";
  });
  fixture.nats.stop();
  await_idle(fixture.process.id());
  fixture.nats.configure(small);
  fixture.nats.start();
  wait_until("it serves again", patience, [&fixture] {
    return fixture.remote.connection()
        .request("sluice.health", "", {}, seconds{1})
        .has_value();
  });
  CHECK(fixture.remote.run("app", "SELECT count(*) AS n FROM t")
            .at("/results/0/n")
        == "1");
  CHECK(fixture.process.is_running());
  CHECK(fixture.process.stop() == 0);
}

} // namespace sluice::tests
