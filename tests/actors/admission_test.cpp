#include "actors/admission.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
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

namespace {

/// What one part gets of a whole when it takes all it can.
std::uint64_t fill(admission& whole, admission& part) {
  auto count = std::uint64_t{0};
  while (whole.try_enter(1)) {
    if (!part.try_enter(1, whole)) {
      whole.leave(1);
      return count;
    }
    ++count;
  }
  return count;
}

} // namespace

TEST_CASE("parts that take all they can leave room for one more",
          "[actors][admission]") {
  auto whole = admission{8'192, 1'000'000};
  auto parts = std::deque<admission>{};
  for (auto i = 0; i < 10; ++i)
    fill(whole, parts.emplace_back(2'048, 1'000'000));
  CHECK(parts.front().requests() == 2'048);
  auto late = admission{2'048, 1'000'000};
  CHECK(fill(whole, late) >= 64);
  CHECK(late.refused() == 1);
}

TEST_CASE("one part alone is bounded by its own bound", "[actors][admission]") {
  auto whole = admission{8'192, 1'000'000};
  auto part = admission{2'048, 1'000'000};
  CHECK(fill(whole, part) == 2'048);
  CHECK_FALSE(part.has_room(1, whole));
  part.leave(1);
  whole.leave(1);
  CHECK(part.has_room(1, whole));
}

TEST_CASE("a part may not have more bytes than the whole has free, unless it "
          "is a single request",
          "[actors][admission]") {
  auto whole = admission{100, 1'000};
  auto first = admission{100, 1'000};
  auto second = admission{100, 1'000};
  REQUIRE(whole.try_enter(300));
  CHECK(first.try_enter(300, whole));
  REQUIRE(whole.try_enter(100));
  CHECK_FALSE(first.try_enter(100, whole));
  CHECK(first.bytes() == 300);
  CHECK(second.try_enter(100, whole));
  REQUIRE(whole.try_enter(590));
  CHECK(admission{100, 1'000}.try_enter(590, whole));
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
