#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/messaging/recording_observer.hpp"
#include "tests/support/fake_nats.hpp"

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <tuple>

/// A connection that ends within a message. The parser of the C client has read
/// a part of it by then, and must not take the beginning of the next connection
/// for the rest.
namespace sluice::tests {

namespace {

config::nats_settings quick() {
  auto result = config::nats_settings{};
  result.reconnect_wait_ms = 20;
  return result;
}

std::string message_for(const std::string& number, const std::string& text) {
  return "MSG work " + number + " " + std::to_string(text.size()) + "\r\n"
         + text + "\r\n";
}

/// Keeps what did not get through.
class recording_undelivered : public messaging::undelivered_handler {
public:
  void on_undelivered(const char* subject, std::size_t payload_bytes,
                      const messaging::failure& why) noexcept override {
    const auto guard = std::lock_guard{mutex_};
    text_ = std::string{subject} + " " + std::to_string(payload_bytes);
    what_ = why.what;
  }
  [[nodiscard]] std::string text() const {
    const auto guard = std::lock_guard{mutex_};
    return text_;
  }
  [[nodiscard]] messaging::failure::kind what() const {
    const auto guard = std::lock_guard{mutex_};
    return what_;
  }

private:
  mutable std::mutex mutex_;
  std::string text_;
  messaging::failure::kind what_ = messaging::failure::kind::other;
};

} // namespace

TEST_CASE("a connection that is cut anywhere in a message is made anew, and "
          "what comes then is whole") {
  auto nats = fake_nats{};
  auto connection = connect_to(nats.url(), quick());
  auto handler = recording_handler{};
  auto subscription = must(connection->subscribe("work", "", handler));
  // A number has at most two digits, so each place of the message is met.
  const auto whole = message_for("10", std::string(40, 'x'));
  for (auto cut = std::size_t{1}; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    const auto round = static_cast<int>(cut);
    const auto number = nats.await_subscription(round, "work");
    nats.send_and_hang_up(
        message_for(number, std::string(40, 'x')).substr(0, cut));
    const auto next = nats.await_subscription(round + 1, "work");
    nats.send(message_for(next, "whole " + std::to_string(cut)));
    wait_until("it arrives", patience, [&handler, cut] {
      const auto got = handler.payloads();
      return !got.empty() && got.back() == "whole " + std::to_string(cut);
    });
  }
  // None of those that were cut, none that was put together of two.
  for (const auto& payload : handler.payloads())
    CHECK((payload.starts_with("whole ") || payload == std::string(40, 'x')));
}

// Its beginning is in a buffer of its own then, which nats.c does not free
// (tests/leaks.supp).
TEST_CASE("a connection that is cut in a message of some size is made anew") {
  auto nats = fake_nats{};
  auto connection = connect_to(nats.url(), quick());
  auto handler = recording_handler{};
  auto subscription = must(connection->subscribe("work", "", handler));
  const auto first = nats.await_subscription(1, "work");
  nats.send_and_hang_up(
      message_for(first, std::string(10'000, 'x')).substr(0, 9'000));
  const auto next = nats.await_subscription(2, "work");
  nats.send(message_for(next, std::string(10'000, 'y')));
  wait_until("it arrives", patience,
             [&handler] { return handler.count() > 0; });
  CHECK(handler.payloads() == std::vector{std::string(10'000, 'y')});
}

TEST_CASE("a server that talks nonsense is left, and connected to again") {
  auto nats = fake_nats{};
  auto connection = connect_to(nats.url(), quick());
  auto handler = recording_handler{};
  auto subscription = must(connection->subscribe("work", "", handler));
  auto round = 1;
  for (const auto* nonsense :
       {"nonsense\r\n", "MSG\r\n", "M\r\n", "MSG work 1 2 3 4 5 6\r\n",
        "-ERR 'Something New'\r\n", "PONG\r\nHTTP/1.1 400 Bad Request\r\n"}) {
    CAPTURE(nonsense);
    std::ignore = nats.await_subscription(round, "work");
    nats.send(nonsense);
    ++round;
    const auto next = nats.await_subscription(round, "work");
    nats.send(message_for(next, "again"));
    wait_until("a message arrives", patience, [&handler, round] {
      return handler.count() == static_cast<std::size_t>(round - 1);
    });
  }
  CHECK(connection->is_connected());
}

TEST_CASE("what waits for a server that comes back with less room is not sent, "
          "and the sender is told") {
  auto nats = fake_nats{};
  auto settings = quick();
  settings.reconnect_wait_ms = 300;
  auto connection = connect_to(nats.url(), settings);
  auto told = recording_undelivered{};
  connection->report_undelivered_to(&told);
  nats.set_max_payload(1'000);
  nats.send_and_hang_up("");
  wait_until("the connection is lost", patience,
             [&connection] { return !connection->is_connected(); });
  must(connection->publish("first", "one"));
  must(connection->publish("second", std::string(1'001, 'x')));
  must(connection->publish("third", std::string(1'000, 'y')));
  CHECK(connection->unsent_bytes() > 2'000);
  wait_until("what has room has come", patience, [&nats] {
    return nats.received().contains("PUB third 1000\r\nyyy");
  });
  CHECK(nats.received().contains("PUB first 3\r\none\r\n"));
  CHECK(!nats.received().contains("PUB second"));
  CHECK(told.text() == "second 1001");
  CHECK(told.what() == messaging::failure::kind::too_large);
  const auto late = connection->publish("late", std::string(1'001, 'x'));
  REQUIRE(!late.has_value());
  CHECK(late.error().what == messaging::failure::kind::too_large);
  connection->report_undelivered_to(nullptr);
}

TEST_CASE("a server that refuses whoever comes back twice is left for good") {
  auto nats = fake_nats{};
  auto observer = recording_observer{};
  auto connection = connect_to(nats.url(), quick(), &observer);
  nats.set_refusing(true);
  nats.send_and_hang_up("");
  wait_until("the end is told", patience,
             [&observer] { return observer.events().size() == 3; });
  CHECK(observer.events().back() == "closed");
  CHECK(nats.connections() == 3);
  CHECK(!connection->is_connected());
  const auto asked
      = connection->request("x", "", {}, std::chrono::milliseconds{50});
  REQUIRE(!asked.has_value());
  CHECK(asked.error().what == messaging::failure::kind::disconnected);
}

} // namespace sluice::tests
