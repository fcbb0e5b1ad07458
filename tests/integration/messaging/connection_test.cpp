#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

namespace sluice::tests {

namespace {

using messaging::failure;

/// Answers with what it was sent, and with one header.
class echo : public messaging::message_handler {
public:
  explicit echo(messaging::connection& connection) : connection_{connection} {}
  void on_message(const messaging::inbound_message& message) noexcept override {
    const auto seen = std::string{message.subject()} + "|"
                      + std::string{message.header("X-One")} + "|"
                      + std::string{message.header("x-two")};
    const auto headers
        = std::array{messaging::header{.name = "X-Seen", .value = seen}};
    const auto sent = connection_.publish(
        std::string{message.reply_to()}.c_str(), message.payload(), headers);
    // Else the one who asks fails.
    if (sent)
      connection_.flush();
  }

private:
  messaging::connection& connection_;
};

} // namespace

TEST_CASE("a request brings back one reply with its headers") {
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto handler = echo{*served};
  auto subscription = subscribe_to(*served, "echo.*", "", handler);
  auto asking = connect_to(nats.url());
  const auto headers
      = std::array{messaging::header{.name = "X-One", .value = "1"},
                   messaging::header{.name = "X-Two", .value = "zwei"}};
  const auto binary = std::string{"a\0b\r\n\xff", 6};
  const auto got
      = must(asking->request("echo.here", binary, headers, patience));
  CHECK(got.payload == binary);
  CHECK(got.header("X-Seen") == "echo.here|1|zwei");
  CHECK(got.header("x-seen") == "echo.here|1|zwei");
  CHECK(got.header("X-Other").empty());
  const auto bare = must(asking->request("echo.bare", "", {}, patience));
  CHECK(bare.payload.empty());
  CHECK(bare.header("X-Seen") == "echo.bare||");
}

TEST_CASE("a request that nobody serves fails at once") {
  auto nats = nats_server{};
  auto asking = connect_to(nats.url());
  const auto begin = std::chrono::steady_clock::now();
  const auto got = asking->request("nobody", "", {}, patience);
  REQUIRE(!got.has_value());
  CHECK(got.error().what == failure::kind::no_responders);
  CHECK(std::chrono::steady_clock::now() - begin < patience / 2);
}

TEST_CASE("a request that is not answered ends with its time") {
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*served, "silent", "", handler);
  auto asking = connect_to(nats.url());
  const auto got
      = asking->request("silent", "", {}, std::chrono::milliseconds{100});
  REQUIRE(!got.has_value());
  CHECK(got.error().what == failure::kind::timeout);
  CHECK(handler.count() == 1);
}

TEST_CASE("a message larger than the server takes is refused before it goes") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*connection, "large", "", handler);
  const auto most = connection->max_payload();
  REQUIRE(most == 1'048'576);
  const auto too_much = std::string(most + 1, 'x');
  const auto published = connection->publish("large", too_much);
  REQUIRE(!published.has_value());
  CHECK(published.error().what == failure::kind::too_large);
  const auto requested
      = connection->request("large", too_much, {}, std::chrono::seconds{1});
  REQUIRE(!requested.has_value());
  CHECK(requested.error().what == failure::kind::too_large);
  // The connection is none the worse.
  must(connection->publish("large", std::string_view{too_much}.substr(1)));
  connection->flush();
  wait_until("the largest message arrives", patience,
             [&handler] { return handler.count() == 1; });
  CHECK(handler.payloads().front().size() == most);
}

TEST_CASE("a subject that is none is refused") {
  auto nats = nats_server{};
  auto connection = connect_to(nats.url());
  auto handler = recording_handler{};
  for (const auto* wrong : {"", "a b", "a..b", ".a", "a."}) {
    CAPTURE(wrong);
    CHECK(!connection->subscribe(wrong, "", handler).has_value());
  }
  CHECK(!connection->publish("", "x").has_value());
}

TEST_CASE("what nobody flushes is sent all the same") {
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto handler = recording_handler{};
  auto subscription = subscribe_to(*served, "later", "", handler);
  auto sending = connect_to(nats.url());
  for (auto i = 0; i < 3; ++i)
    must(sending->publish("later", std::to_string(i)));
  wait_until("all arrive", patience,
             [&handler] { return handler.count() == 3; });
  CHECK(handler.payloads() == std::vector<std::string>{"0", "1", "2"});
  CHECK(sending->unsent_bytes() == 0);
}

TEST_CASE("a flush leaves nothing in the buffer of a socket that takes it") {
  auto nats = nats_server{};
  auto sending = connect_to(nats.url());
  for (auto i = 0; i < 100; ++i) {
    must(sending->publish("gone", "some text"));
    must(sending->publish("gone", "some more"));
    sending->flush();
    REQUIRE(sending->unsent_bytes() == 0);
  }
  must(sending->sync(patience));
}

TEST_CASE("a server that is not there is named without its password") {
  // Port 1 is reserved; nothing listens there.
  const auto got = messaging::connection::connect(
      {}, "nats://ann:secret@127.0.0.1:1", "test", nullptr);
  REQUIRE(!got.has_value());
  CHECK(got.error().what == failure::kind::disconnected);
  CHECK(got.error().message.contains("nats://127.0.0.1:1"));
  CHECK(!got.error().message.contains("secret"));
}

TEST_CASE("a file of the settings that cannot be read is named") {
  auto wrong = std::array<config::nats_settings, 4>{};
  wrong[0].credentials_file = "/nowhere/creds";
  wrong[1].nkey_seed_file = "/nowhere/seed";
  wrong[2].tls = true;
  wrong[2].tls_ca_file = "/nowhere/ca";
  wrong[3].tls = true;
  wrong[3].tls_certificate_file = "/nowhere/certificate";
  wrong[3].tls_key_file = "/nowhere/key";
  for (const auto& settings : wrong) {
    const auto got = messaging::connection::connect(
        settings, "nats://127.0.0.1:1", "test", nullptr);
    REQUIRE(!got.has_value());
    CHECK(got.error().what == failure::kind::configuration);
    CHECK(got.error().message.contains("/nowhere/"));
    CHECK(got.error().message.contains("nats."));
  }
}

} // namespace sluice::tests
