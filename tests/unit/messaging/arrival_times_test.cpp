#include "messaging/arrival_times.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using messaging::arrival_times;

/// A read at each call, which finds messages; time is counted from the
/// subscription's beginning.
struct subscription_under_test {
  void read(std::chrono::milliseconds at, std::uint64_t found) {
    arrivals.note_read(waiting, began + at);
    waiting += found;
  }
  /// Since when the next message may have been there.
  std::chrono::milliseconds take() {
    --waiting;
    return std::chrono::ceil<std::chrono::milliseconds>(arrivals.take()
                                                        - began);
  }
  void take_all_but(std::uint64_t left) {
    while (waiting > left)
      static_cast<void>(take());
  }

  arrival_times arrivals;
  std::chrono::steady_clock::time_point began
      = std::chrono::steady_clock::now();
  std::uint64_t waiting = 0;
};

} // namespace

TEST_CASE("a message that is delivered at once has come with the last read") {
  auto tested = subscription_under_test{};
  for (auto at = 0ms; at < 10s; at += 7ms) {
    tested.read(at, 1);
    CHECK(tested.take() == at);
  }
}

TEST_CASE("messages that wait for their delivery have come when they were "
          "read") {
  auto tested = subscription_under_test{};
  tested.read(100ms, 2);
  tested.read(200ms, 3);
  tested.read(300ms, 0);
  tested.read(400ms, 1);
  for (const auto expected : {100ms, 100ms, 200ms, 200ms, 200ms, 400ms})
    CHECK(tested.take() == expected);
  tested.read(500ms, 1);
  CHECK(tested.take() == 500ms);
}

TEST_CASE("a message that comes after a standstill counts from its beginning, "
          "one that was there before keeps its time") {
  auto tested = subscription_under_test{};
  tested.read(100ms, 1);
  // It is 40 s later, but nobody has looked since then.
  tested.read(150ms, 1);
  CHECK(tested.take() == 100ms);
  CHECK(tested.take() == 150ms);
}

TEST_CASE("reads that follow each other closely are told apart by 10 ms") {
  auto tested = subscription_under_test{};
  tested.read(0ms, 1);
  for (auto at = 1ms; at < 100ms; at += 1ms)
    tested.read(at, 1);
  for (auto at = 0ms; at < 100ms; at += 1ms) {
    const auto since = tested.take();
    CHECK(since <= at);
    CHECK(at - since <= 10ms);
  }
}

TEST_CASE("with an old backlog a message seems older, but never younger, and "
          "what is remembered of it is bounded") {
  auto tested = subscription_under_test{};
  auto reads = 0;
  for (auto at = 0ms; at < 60s; at += 10ms, ++reads)
    tested.read(at, 1);
  auto oldest = 0ms;
  for (auto at = 0ms; at < 60s; at += 10ms) {
    const auto since = tested.take();
    CHECK(since <= at);
    oldest = std::max(oldest, at - since);
  }
  // A part of the sixty seconds.
  CHECK(oldest <= 1s);
  tested.read(60s, 1);
  CHECK(tested.take() == 60s);
}

TEST_CASE("what is read before the first look has come since the beginning") {
  auto arrivals = arrival_times{};
  const auto after = std::chrono::steady_clock::now();
  CHECK(arrivals.take() <= after);
  CHECK(after - arrivals.take() < 60s);
}

} // namespace sluice::tests
