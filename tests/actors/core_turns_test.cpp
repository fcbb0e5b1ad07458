#include "actors/core_turns.hpp"
#include "tests/support/expect.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/resource.h>

#include <atomic>
#include <thread>

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using actors::core_turns;

const auto goes_on = [] {
  return false;
};
const auto must_end = [] {
  return true;
};

/// Members are told apart by addresses.
struct member {
  char stands_for = 0;
};

} // namespace

TEST_CASE("as many compute at one time as there are turns, and all get on",
          "[actors][reads]") {
  constexpr auto rounds = 40;
  auto turns = core_turns{1, 8};
  auto computing = std::atomic<int>{0};
  auto most = std::atomic<int>{0};
  const auto compute = [&turns, &computing, &most] {
    const auto self = member{};
    for (auto i = 0; i < rounds; ++i) {
      turns.step(&self, goes_on);
      const auto now = ++computing;
      if (now > most)
        most = now;
      std::this_thread::sleep_for(1ms);
      --computing;
    }
    turns.leave(&self);
  };
  {
    auto first = std::jthread{compute};
    auto second = std::jthread{compute};
    auto third = std::jthread{compute};
  }
  CHECK(most == 1);
  CHECK(computing == 0);
}

TEST_CASE("the turn of one that is not heard of goes to another one",
          "[actors][reads]") {
  auto turns = core_turns{1, 8};
  const auto absent = member{};
  const auto other = member{};
  turns.step(&absent, goes_on);
  const auto begin = core_turns::clock::now();
  turns.step(&other, goes_on);
  CHECK(core_turns::clock::now() - begin >= core_turns::absence / 2);
  // It is back, and waits for its turn.
  auto asked = 0;
  turns.step(&absent, [&asked] { return ++asked > 1; });
  CHECK(asked == 2);
  turns.leave(&other);
  turns.step(&absent, must_end);
}

TEST_CASE("who must end waits for no turn, and takes none", "[actors][reads]") {
  auto turns = core_turns{1, 8};
  const auto first = member{};
  const auto cancelled = member{};
  const auto last = member{};
  turns.step(&first, goes_on);
  turns.step(&cancelled, must_end);
  turns.leave(&first);
  // It would wait behind one that still waits.
  turns.step(&last, must_end);
  auto asked = false;
  turns.step(&first, [&asked] {
    asked = true;
    return true;
  });
  CHECK(asked);
}

TEST_CASE("one that computes leaves the core now and then", "[actors][reads]") {
  const auto times_left = [] {
    auto used = rusage{};
    REQUIRE(::getrusage(RUSAGE_THREAD, &used) == 0);
    return used.ru_nvcsw;
  };
  auto turns = core_turns{1, 8};
  const auto self = member{};
  const auto before = times_left();
  wait_until("it has left the core", patience, [&] {
    const auto until = core_turns::clock::now() + 5ms;
    while (core_turns::clock::now() < until)
      turns.step(&self, must_end);
    return times_left() - before >= 5;
  });
  turns.leave(&self);
}

TEST_CASE("more members than are reckoned with compute without turns",
          "[actors][reads]") {
  auto turns = core_turns{1, 0};
  const auto first = member{};
  turns.step(&first, must_end);
  turns.step(&first, [] {
    FAIL("it waits");
    return true;
  });
}

} // namespace sluice::tests
