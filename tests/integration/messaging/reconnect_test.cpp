#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/messaging/recording_observer.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

config::nats_settings reconnecting_soon() {
  auto result = config::nats_settings{};
  result.reconnect_wait_ms = 20;
  return result;
}

} // namespace

TEST_CASE("messages published without a connection are sent with the next") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url(), reconnecting_soon());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*connection, "kept", "", handler);
  for (auto round = std::size_t{1}; round <= 3; ++round) {
    nats.kill();
    wait_until("the connection is lost", patience,
               [&connection] { return !connection->is_connected(); });
    for (auto i = 0; i < 100; ++i)
      must(connection->publish("kept", std::to_string(i)));
    connection->flush();
    nats.start();
    wait_until("all arrive", patience,
               [&handler, round] { return handler.count() == round * 100; });
    const auto got = handler.payloads();
    for (auto i = std::size_t{0}; i < 100; ++i)
      REQUIRE(got[(round - 1) * 100 + i] == std::to_string(i));
  }
}

TEST_CASE("without a connection the buffer has a bound") {
  auto nats = nats_server{};
  auto settings = reconnecting_soon();
  settings.reconnect_buffer_bytes_max = 100'000;
  auto connection = connect_to(nats.url(), settings);
  nats.stop();
  wait_until("the connection is lost", patience,
             [&connection] { return !connection->is_connected(); });
  auto kept = 0;
  auto refused = messaging::failure{};
  while (kept < 1'000) {
    auto sent = connection->publish("kept", std::string(1'000, 'x'));
    if (!sent) {
      refused = sent.error();
      break;
    }
    ++kept;
  }
  CHECK(kept >= 50);
  CHECK(kept <= 100);
  CHECK(refused.what == messaging::failure::kind::disconnected);
  nats.start();
  wait_until("it is connected again", patience,
             [&connection] { return connection->is_connected(); });
  must(connection->publish("kept", "x"));
  must(connection->sync(patience));
}

TEST_CASE("the observer hears of every turn, in order") {
  auto nats = nats_server{};
  auto observer = recording_observer{};
  {
    auto connection = connect_to(nats.url(), reconnecting_soon(), &observer);
    nats.kill();
    wait_until("the loss is told", patience,
               [&observer] { return observer.events().size() == 2; });
    CHECK(!connection->is_connected());
    nats.start();
    wait_until("the return is told", patience,
               [&observer] { return observer.events().size() == 3; });
    CHECK(connection->is_connected());
    CHECK(connection->url() == nats.url());
  }
  CHECK(observer.events()
        == std::vector<std::string>{"connected " + nats.url(), "disconnected",
                                    "reconnected " + nats.url()});
}

TEST_CASE("a connection that waits for its server comes about with it") {
  auto nats = nats_server{};
  nats.stop();
  auto observer = recording_observer{};
  auto handler = recording_handler{};
  auto connection = must(messaging::connection::connect(
      reconnecting_soon(), nats.url(), "test", &observer, true));
  CHECK(!connection->is_connected());
  CHECK(connection->max_payload() == 0);
  auto subscription = must(connection->subscribe("kept", "", handler));
  nats.start();
  wait_until("it is connected", patience,
             [&connection] { return connection->is_connected(); });
  must(connection->sync(patience));
  must(connection->publish("kept", "x"));
  connection->flush();
  wait_until("a message arrives", patience,
             [&handler] { return handler.count() == 1; });
  wait_until("the connection is told", patience,
             [&observer] { return !observer.events().empty(); });
  CHECK(observer.events()
        == std::vector<std::string>{"connected " + nats.url()});
}

TEST_CASE("a connection that waits for its server can be given up") {
  auto nats = nats_server{};
  nats.stop();
  const auto begin = std::chrono::steady_clock::now();
  {
    auto connection = must(
        messaging::connection::connect({}, nats.url(), "test", nullptr, true));
    CHECK(!connection->is_connected());
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{3});
}

TEST_CASE("of several servers another one is taken") {
  auto first = nats_server{};
  auto second = nats_server{};
  auto connection
      = connect_to(first.url() + "," + second.url(), reconnecting_soon());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*connection, "kept", "", handler);
  const auto used_first = connection->url() == first.url();
  auto& used = used_first ? first : second;
  auto& other = used_first ? second : first;
  used.stop();
  wait_until("the other one is used", patience, [&connection, &other] {
    return connection->is_connected() && connection->url() == other.url();
  });
  must(connection->publish("kept", "x"));
  connection->flush();
  wait_until("a message arrives", patience,
             [&handler] { return handler.count() == 1; });
}

} // namespace sluice::tests
