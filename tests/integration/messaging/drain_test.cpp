#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/messaging/stuck_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>

namespace sluice::tests {

TEST_CASE("a drain delivers what has arrived, and nothing comes after it") {
  constexpr auto count = 20'000;
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*served, "work", "group", handler);
  auto sending = connect_to(nats.url());
  for (auto i = 0; i < count; ++i)
    must(sending->publish("work", std::to_string(i)));
  // The server has passed them on by then.
  must(sending->sync(patience));
  CHECK(subscription->drain(patience));
  REQUIRE(handler.count() == count);
  for (auto i = 0; i < 100; ++i)
    must(sending->publish("work", "late"));
  must(sending->sync(patience));
  must(served->sync(patience));
  CHECK(handler.count() == count);
  CHECK(subscription->dropped() == 0);
  // Once more is no harm.
  CHECK(subscription->drain(patience));
}

TEST_CASE("after the end of a subscription under load no callback runs") {
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto sending = connect_to(nats.url());
  auto load = std::jthread{[&sending](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      must(sending->publish("work", "x"));
      sending->flush();
    }
  }};
  for (auto i = 0; i < 20; ++i) {
    auto handler = std::make_unique<recording_handler>();
    auto subscription = subscribe_to(*served, "work", "", *handler);
    wait_until("messages arrive", patience,
               [&handler] { return handler->count() > 10; });
    subscription.reset();
    // A callback that came now would be found by the sanitizer.
    handler.reset();
    must(served->sync(patience));
  }
}

TEST_CASE("a drain that a callback holds up ends with its time") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  auto handler = stuck_handler{};
  auto subscription = subscribe_to(*connection, "work", "", handler);
  for (auto i = 0; i < 10; ++i)
    must(connection->publish("work", "x"));
  connection->flush();
  wait_until("it is stuck", patience,
             [&handler] { return handler.count() == 1; });
  CHECK(!subscription->drain(std::chrono::milliseconds{100}));
  // Its end waits for the callback, which uses the handler.
  auto is_gone = std::atomic<bool>{false};
  auto ending = std::jthread{[&subscription, &is_gone] {
    subscription.reset();
    is_gone.store(true);
  }};
  // The library gives up its own wait in the meantime.
  must(connection->sync(patience));
  CHECK(!is_gone.load());
  handler.let_go();
  ending.join();
  CHECK(handler.has_ended());
}

TEST_CASE("a subscription may outlast the server's connection") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*connection, "work", "", handler);
  nats.stop();
  wait_until("the connection is lost", patience,
             [&connection] { return !connection->is_connected(); });
  const auto begin = std::chrono::steady_clock::now();
  (void)subscription->drain(std::chrono::milliseconds{200});
  subscription.reset();
  connection.reset();
  CHECK(std::chrono::steady_clock::now() - begin < patience / 2);
}

} // namespace sluice::tests
