#include "actors/admission.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::actors {

TEST_CASE("an admission lets in its number of requests and refuses more",
          "[actors][admission]") {
  auto gate = admission{2, 1'000};
  CHECK(gate.try_enter(1));
  CHECK(gate.try_enter(1));
  CHECK_FALSE(gate.try_enter(1));
  CHECK(gate.requests() == 2);
  CHECK(gate.bytes() == 2);
  CHECK(gate.refused() == 1);
  gate.leave(1);
  CHECK(gate.try_enter(1));
  CHECK(gate.refused() == 1);
}

TEST_CASE("an admission lets in its number of bytes and refuses more",
          "[actors][admission]") {
  auto gate = admission{10, 100};
  CHECK(gate.try_enter(60));
  CHECK_FALSE(gate.try_enter(41));
  CHECK(gate.try_enter(40));
  CHECK_FALSE(gate.try_enter(1));
  CHECK(gate.bytes() == 100);
  CHECK(gate.requests() == 2);
  CHECK(gate.refused() == 2);
  // No size is too large for what it asks after that.
  CHECK_FALSE(admission{10, 100}.try_enter(101));
}

TEST_CASE("a permit gives its place back once, wherever it was moved",
          "[actors][admission]") {
  auto gate = admission{10, 100};
  REQUIRE(gate.try_enter(30));
  {
    auto permit = admission_permit{gate, 30};
    auto moved = std::move(permit);
    CHECK(gate.bytes() == 30);
    auto other = admission_permit{};
    other = std::move(moved);
    CHECK(gate.bytes() == 30);
  }
  CHECK(gate.requests() == 0);
  CHECK(gate.bytes() == 0);
}

TEST_CASE("a permit that another one replaces gives its place back",
          "[actors][admission]") {
  auto gate = admission{10, 100};
  REQUIRE(gate.try_enter(30));
  REQUIRE(gate.try_enter(20));
  auto permit = admission_permit{gate, 30};
  permit = admission_permit{gate, 20};
  CHECK(gate.bytes() == 20);
  permit = {};
  CHECK(gate.bytes() == 0);
}

TEST_CASE("an admission never has more in it than its bound, whoever asks",
          "[actors][admission]") {
  auto gate = admission{3, 1'000};
  auto inside = std::atomic<int>{0};
  auto most = std::atomic<int>{0};
  {
    auto threads = std::vector<std::jthread>{};
    for (auto i = 0; i < 4; ++i)
      threads.emplace_back([&gate, &inside, &most] {
        for (auto round = 0; round < 20'000; ++round) {
          if (!gate.try_enter(1))
            continue;
          const auto now = inside.fetch_add(1) + 1;
          auto seen = most.load();
          while (seen < now && !most.compare_exchange_weak(seen, now)) {
            // Another thread has seen more.
          }
          inside.fetch_sub(1);
          gate.leave(1);
        }
      });
  }
  CHECK(most <= 3);
  CHECK(gate.requests() == 0);
  CHECK(gate.bytes() == 0);
}

} // namespace sluice::actors
