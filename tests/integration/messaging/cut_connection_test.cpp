#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/fake_nats.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

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
    const auto number = nats.await_subscription(round, "work");
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

} // namespace sluice::tests
