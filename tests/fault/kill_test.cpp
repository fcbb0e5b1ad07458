#include "tests/fault/kill_rounds.hpp"
#include "tests/fault/write_load.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>

namespace sluice::tests {

namespace {

constexpr auto clients_at_a_time = 16;
/// More than a load sends in its life.
constexpr auto ids_per_round = std::int64_t{10'000'000};

/// The ids of the round's rows that are there.
std::set<std::int64_t> rows_in(client& asking, std::int64_t first_id) {
  auto result = std::set<std::int64_t>{};
  auto after = first_id - 1;
  while (true) {
    const auto page = asking.run(
        "app", "SELECT group_concat(id) AS ids, max(id) AS last FROM (SELECT "
               "id FROM load WHERE id > "
                   + std::to_string(after) + " AND id < "
                   + std::to_string(first_id + ids_per_round)
                   + " ORDER BY id LIMIT 10000)");
    const auto ids = page.at("/results/0/ids");
    if (ids == "null")
      return result;
    for (auto begin = std::size_t{1}; begin < ids.size();) {
      const auto end = std::min(ids.find(',', begin), ids.size() - 1);
      result.insert(std::stoll(ids.substr(begin, end - begin)));
      begin = end + 1;
    }
    after = std::stoll(page.at("/results/0/last"));
  }
}

std::size_t count_in(const std::vector<std::int64_t>& ids,
                     const std::set<std::int64_t>& there) {
  return static_cast<std::size_t>(std::ranges::count_if(
      ids, [&there](std::int64_t id) { return there.contains(id); }));
}

} // namespace

TEST_CASE("what was acknowledged survives kill -9 under write load, and what "
          "was refused never shows up") {
  const auto nats = nats_server{};
  auto server = sluice_process{{"--nats-url", nats.url()}};
  {
    auto admin = client{nats.url()};
    admin.create_database("app");
    admin.run("app", "CREATE TABLE load (id INTEGER PRIMARY KEY, text TEXT)");
  }
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  auto random = std::mt19937{seed};
  auto kills_after = std::uniform_int_distribution<std::int64_t>{1, 1'500};
  auto acknowledged = std::size_t{0};
  auto unknown_but_there = std::size_t{0};
  auto refused = std::size_t{0};
  for (auto round = 0; round < kill_rounds(); ++round) {
    const auto first_id = round * ids_per_round;
    auto load = write_load{nats.url(), "app", clients_at_a_time, first_id};
    const auto target = kills_after(random);
    wait_until(
        "the load is under way", std::chrono::seconds{60},
        [&load, target] { return load.acknowledged_requests() >= target; });
    server.kill();
    load.stop_without_answers();
    CHECK(load.lost_replies() == 0);
    server.start();
    auto asking = client{nats.url()};
    const auto there = rows_in(asking, first_id);
    const auto& rows = load.rows();
    CHECK(count_in(rows.acknowledged, there) == rows.acknowledged.size());
    CHECK(count_in(rows.refused, there) == 0);
    const auto maybe = count_in(rows.unknown, there);
    CHECK(there.size() == rows.acknowledged.size() + maybe);
    CHECK(asking.run("app", "PRAGMA integrity_check")
              .at("/results/0/integrity_check")
          == "\"ok\"");
    acknowledged += rows.acknowledged.size();
    refused += rows.refused.size();
    unknown_but_there += maybe;
  }
  CHECK(server.stop() == 0);
  std::printf("%d kills: %zu rows acknowledged, 0 of them lost; %zu refused, 0 "
              "of them there; %zu of unknown fate there\n",
              kill_rounds(), acknowledged, refused, unknown_but_there);
}

TEST_CASE("no reply is lost while the server lives, until it is told to end") {
  const auto nats = nats_server{};
  auto server = sluice_process{{"--nats-url", nats.url()}};
  auto admin = client{nats.url()};
  admin.create_database("app");
  admin.run("app", "CREATE TABLE load (id INTEGER PRIMARY KEY, text TEXT)");
  auto load = write_load{nats.url(), "app", clients_at_a_time, 0};
  wait_until("the load is under way", std::chrono::seconds{60},
             [&load] { return load.acknowledged_requests() >= 2'000; });
  // In the middle of the load; what it has accepted it answers.
  CHECK(server.stop() == 0);
  load.stop();
  CHECK(load.lost_replies() == 0);
  server.start();
  const auto there = rows_in(admin, 0);
  CHECK(there.size() == load.rows().acknowledged.size());
  CHECK(count_in(load.rows().acknowledged, there) == there.size());
  CHECK(load.rows().unknown.empty());
}

} // namespace sluice::tests
