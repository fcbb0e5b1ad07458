#include "messaging/interest_watch.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <set>

namespace sluice::tests {

using messaging::interest_watch;

namespace {

/// What stands behind the last dot, and in front of it.
std::pair<std::string, std::string>
parts_of(const interest_watch::ticket& ticket) {
  const auto subject = std::string{ticket.reply_subject()};
  const auto dot = subject.rfind('.');
  return {subject.substr(0, dot), subject.substr(dot + 1)};
}

} // namespace

TEST_CASE("what finds nobody is told to whoever sent it, and to nobody else",
          "[messaging]") {
  auto nats = nats_server{};
  const auto connection = connect_to(nats.url());
  auto watch = must(interest_watch::start(*connection));
  auto first = interest_watch::ticket{*watch};
  auto second = interest_watch::ticket{*watch};
  must(connection->publish("nobody.listens", "x", {}, first.reply_subject()));
  connection->flush();
  wait_until("the server says so", patience,
             [&first] { return first.is_abandoned(); });
  CHECK_FALSE(second.is_abandoned());
  CHECK(second.answers() == 0);
}

TEST_CASE("the name of a ticket cannot be guessed from that of others",
          "[messaging]") {
  auto nats = nats_server{};
  const auto connection = connect_to(nats.url());
  auto watch = must(interest_watch::start(*connection));
  auto names = std::set<std::string>{};
  for (auto i = 0; i < 100; ++i) {
    const auto name = parts_of(interest_watch::ticket{*watch}).second;
    // 128 bits.
    CHECK(name.size() == 32);
    CHECK(name.find_first_not_of("0123456789abcdef") == name.npos);
    names.insert(name);
  }
  CHECK(names.size() == 100);
}

TEST_CASE("who does not know a ticket neither ends its stream nor opens its "
          "window",
          "[messaging]") {
  auto nats = nats_server{};
  const auto connection = connect_to(nats.url());
  const auto stranger = connect_to(nats.url());
  auto watch = must(interest_watch::start(*connection));
  // Another connection's messages may be faster than the subscription.
  must(connection->sync(patience));
  auto ticket = interest_watch::ticket{*watch};
  const auto [inbox, name] = parts_of(ticket);
  constexpr auto gone = std::array{messaging::header{"Status", "503"}};
  for (const auto* guess :
       {"1", "2", "3", "0", "00000000000000000000000000000001"}) {
    const auto subject = inbox + "." + guess;
    must(stranger->publish(subject.c_str(), "", gone));
    must(stranger->publish(subject.c_str(), "", {}));
  }
  must(stranger->sync(patience));
  // What is known counts, and comes behind all of these.
  must(stranger->publish(ticket.reply_subject(), "", {}));
  stranger->flush();
  wait_until("the answer is counted", patience,
             [&ticket] { return ticket.answers() != 0; });
  CHECK(ticket.answers() == 1);
  CHECK_FALSE(ticket.is_abandoned());
}

} // namespace sluice::tests
