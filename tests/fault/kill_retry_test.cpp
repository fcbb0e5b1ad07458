#include "tests/fault/kill_rounds.hpp"
#include "tests/fault/retrying_load.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <random>

namespace sluice::tests {

namespace {

constexpr auto clients_retrying = 16;

/// Runs a query and reads an integer from its first row.
std::int64_t integer_of(client& asking, const std::string& sql) {
  return std::stoll(asking.run("app", sql).at("/results/0/n"));
}

} // namespace

TEST_CASE("a write that is sent again with its id until it is answered is "
          "there once, however often the server is killed") {
  const auto nats = nats_server{};
  auto server = sluice_process{{"--nats-url", nats.url()}};
  auto admin = client{nats.url()};
  admin.create_database("app");
  admin.run("app", "CREATE TABLE once (id INTEGER)");
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  auto random = std::mt19937{seed};
  auto kills_after = std::uniform_int_distribution<std::int64_t>{1, 1'500};
  auto load = retrying_load{nats.url(), "app", clients_retrying};
  for (auto round = 0; round < kill_rounds(); ++round) {
    const auto target = load.acknowledged() + kills_after(random);
    wait_until("the load goes on", std::chrono::seconds{60},
               [&load, target] { return load.acknowledged() >= target; });
    server.kill();
    server.start();
  }
  load.stop();
  const auto& seen = load.seen();
  CHECK(seen.given_up == 0);
  CHECK(seen.wrong_replays == 0);
  const auto rows = integer_of(admin, "SELECT count(*) AS n FROM once");
  const auto ids
      = integer_of(admin, "SELECT count(DISTINCT id) AS n FROM once");
  const auto last = integer_of(admin, "SELECT max(id) AS n FROM once");
  // Ids are given without gaps, and every client has had its last answer.
  CHECK(rows == static_cast<std::int64_t>(seen.ids.size()));
  CHECK(ids == rows);
  CHECK(last == rows);
  CHECK(*seen.ids.rbegin() == last);
  CHECK(admin.run("app", "PRAGMA integrity_check")
            .at("/results/0/integrity_check")
        == "\"ok\"");
  CHECK(server.stop() == 0);
  std::printf("%d kills: %zu writes acknowledged, 0 of them lost or there "
              "twice; %lld sent again, %lld of them had been committed\n",
              kill_rounds(), seen.ids.size(),
              static_cast<long long>(seen.retries),
              static_cast<long long>(seen.replays));
}

} // namespace sluice::tests
