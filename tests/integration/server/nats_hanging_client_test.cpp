#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/raw_nats_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <vector>

/// Clients that ask and do not read, or are gone before the answer.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

constexpr auto reply_mebibyte = std::size_t{1} << 20u;
constexpr auto query_subject = "sluice.db.app.query";

/// About 800 kB of reply.
const auto large_query = query_body("SELECT hex(zeroblob(400000)) AS x");
/// Without end, until its deadline.
const auto endless_rows
    = query_body("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
                 "c) SELECT i, hex(zeroblob(500)) AS text FROM c");
constexpr auto as_stream = "Sluice-Stream: true";

/// A NATS that has little patience with those who do not read.
struct hanging_fixture {
  memory_is_given_back freed;
  nats_server nats{"max_pending: 8MB\nwrite_deadline: \"1s\""};
  sluice_process process{{"--nats-url", nats.url(), "--nats-reconnect-wait-ms",
                          "20", "--nats-unsent-bytes-max", "16777216",
                          "--readers-count", "3"}};
  client remote{nats.url()};

  hanging_fixture() {
    remote.create_database("app");
    remote.run("app", "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  }

  /// Others are served, and nothing of the hanging one is left in the end.
  void check_service(std::size_t before) {
    wait_until("NATS has cut the client off", patience,
               [this] { return nats.log().contains("Slow Consumer"); });
    wait_until("others are answered", patience, [this] {
      const auto got = remote.connection().request(
          query_subject, query_body("SELECT x FROM t"), {}, seconds{5});
      return got && got->header("Nats-Service-Error").empty();
    });
    wait_until("nothing of it is left", patience, [this] {
      return remote.request("sluice.stats", "").at("/requests_in_flight")
             == "0";
    });
    remote.run("app", "INSERT INTO t VALUES (2)");
    CHECK(memory_of(process.id()).peak_bytes - before < 96 * reply_mebibyte);
    CHECK(remote.request("sluice.health", "").at("/status") == "\"ok\"");
  }
};

} // namespace

TEST_CASE("a client that does not read its replies does not stop others") {
  auto fixture = hanging_fixture{};
  const auto before = memory_of(fixture.process.id()).peak_bytes;
  auto hanging = raw_nats_client{fixture.nats.url(), "_INBOX.hanging"};
  // 160 MB of replies.
  for (auto i = 0; i < 200; ++i)
    hanging.send(query_subject, large_query);
  fixture.check_service(before);
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("clients that do not read the replies of a database hold up no "
          "other one") {
  // With one partition: both databases' requests come by one connection.
  auto nats = nats_server{"max_pending: 8MB\nwrite_deadline: \"10s\""};
  auto process
      = sluice_process{{"--nats-url", nats.url(), "--readers-count", "3"}};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.create_database("quiet");
  remote.run("quiet", "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  auto hanging = std::vector<raw_nats_client>{};
  for (auto i = 0; i < 8; ++i)
    hanging.emplace_back(nats.url(), "_INBOX.hanging" + std::to_string(i));
  // From three quarters of max_pending on, which seven of them fill, the NATS
  // server makes those wait who send to such a client.
  for (auto i = 0; i < 10; ++i)
    for (auto& each : hanging)
      each.send(query_subject, large_query);
  for (auto i = 0; i < 40; ++i) {
    const auto got = remote.connection().request(
        "sluice.db.quiet.query", query_body("SELECT x FROM t"), {}, seconds{2});
    REQUIRE(got);
    CHECK(got->header("Nats-Service-Error").empty());
  }
  hanging.clear();
  CHECK(process.stop() == 0);
}

TEST_CASE("a client that does not read its streams does not stop others") {
  auto fixture = hanging_fixture{};
  const auto before = memory_of(fixture.process.id()).peak_bytes;
  auto hanging = raw_nats_client{fixture.nats.url(), "_INBOX.hanging"};
  for (auto i = 0; i < 2; ++i)
    hanging.send(query_subject, endless_rows, as_stream);
  fixture.check_service(before);
  CHECK(fixture.process.stop() == 0);
}

TEST_CASE("a client that vanishes leaves nothing behind") {
  auto fixture = hanging_fixture{};
  for (auto round = 0; round < 10; ++round) {
    auto vanishing = std::optional<raw_nats_client>{};
    vanishing.emplace(fixture.nats.url(), "_INBOX.vanishing");
    for (auto i = 0; i < 5; ++i)
      vanishing->send(query_subject, large_query);
    vanishing->send(query_subject, endless_rows, as_stream);
    if (round % 2 == 0)
      vanishing->await("Sluice-Sequence");
  }
  wait_until("nothing of them is left", patience, [&fixture] {
    return fixture.remote.request("sluice.stats", "").at("/requests_in_flight")
           == "0";
  });
  CHECK(fixture.remote.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":1}])");
  CHECK(fixture.process.stop() == 0);
}

} // namespace sluice::tests
