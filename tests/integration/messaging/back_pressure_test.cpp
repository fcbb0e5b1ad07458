#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// A server that does not read for a while.
namespace sluice::tests {

TEST_CASE("large messages wait without blocking while the server is paused") {
  constexpr auto count = std::size_t{24};
  auto nats = nats_server{};
  auto receiving = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*receiving, "large", "", handler);
  auto sending = connect_to(nats.url());
  const auto size = sending->max_payload();
  nats.pause();
  const auto begin = std::chrono::steady_clock::now();
  for (auto i = std::size_t{0}; i < count; ++i) {
    must(sending->publish("large",
                          std::string(size, static_cast<char>('a' + i))));
    sending->flush();
  }
  // It did not wait for the network.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
  CHECK(sending->unsent_bytes() > size);
  CHECK(sending->is_connected());
  nats.resume();
  wait_until("all arrive", std::chrono::seconds{60},
             [&handler] { return handler.count() == count; });
  const auto got = handler.payloads();
  for (auto i = std::size_t{0}; i < count; ++i)
    REQUIRE(got[i] == std::string(size, static_cast<char>('a' + i)));
  CHECK(sending->unsent_bytes() == 0);
}

TEST_CASE("many large messages go through a socket that is often full") {
  constexpr auto count = std::size_t{200};
  auto nats = nats_server{};
  auto settings = config::nats_settings{};
  settings.pending_bytes_max = std::uint64_t{1} << 30u;
  auto receiving = connect_to(nats.url(), settings);
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*receiving, "large", "", handler);
  auto sending = connect_to(nats.url());
  // Of sizes that never fit the buffers of the way.
  for (auto i = std::size_t{0}; i < count; ++i) {
    must(sending->publish("large", std::string(900'000 + 7 * i, 'x')));
    sending->flush();
    // Or nats-server takes the receiver for a slow one.
    wait_until("the receiver keeps up", std::chrono::seconds{60},
               [&handler, i] { return handler.count() + 20 > i; });
  }
  wait_until("all arrive", std::chrono::seconds{60},
             [&handler] { return handler.count() == count; });
  const auto got = handler.payloads();
  for (auto i = std::size_t{0}; i < count; ++i)
    REQUIRE(got[i].size() == 900'000 + 7 * i);
}

TEST_CASE("a sync with a server that is paused ends with its time") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  nats.pause();
  CHECK(!connection->sync(std::chrono::milliseconds{100}).has_value());
  nats.resume();
  must(connection->sync(patience));
}

TEST_CASE("a connection to a paused server can be closed") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  nats.pause();
  for (auto i = 0; i < 8; ++i)
    must(connection->publish("large", std::string(1'000'000, 'x')));
  connection->flush();
  const auto begin = std::chrono::steady_clock::now();
  connection.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
  nats.resume();
}

} // namespace sluice::tests
