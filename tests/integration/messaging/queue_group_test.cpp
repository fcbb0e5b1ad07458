#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace sluice::tests {

TEST_CASE("the members of a queue group share what comes, others get all") {
  constexpr auto count = std::size_t{1'000};
  auto nats = nats_server{};
  auto one = connect_to(nats.url());
  auto two = connect_to(nats.url());
  auto three = connect_to(nats.url());
  auto handlers = std::array<recording_handler, 4>{};
  auto subscriptions = std::vector<std::unique_ptr<messaging::subscription>>{};
  subscriptions.push_back(subscribe_to(*one, "work.>", "group", handlers[0]));
  subscriptions.push_back(subscribe_to(*two, "work.>", "group", handlers[1]));
  subscriptions.push_back(subscribe_to(*three, "work.>", "other", handlers[2]));
  subscriptions.push_back(subscribe_to(*three, "work.>", "", handlers[3]));
  auto sending = connect_to(nats.url());
  for (auto i = std::size_t{0}; i < count; ++i)
    must(sending->publish("work.here", std::to_string(i)));
  sending->flush();
  wait_until("all arrive", patience, [&handlers] {
    return handlers[0].count() + handlers[1].count() >= count
           && handlers[2].count() >= count && handlers[3].count() >= count;
  });
  CHECK(handlers[0].count() > 0);
  CHECK(handlers[1].count() > 0);
  auto shared = std::multiset<std::string>{};
  for (const auto& handler : {&handlers[0], &handlers[1]})
    for (const auto& payload : handler->payloads())
      shared.insert(payload);
  CHECK(shared.size() == count);
  CHECK(std::set<std::string>(shared.begin(), shared.end()).size() == count);
  CHECK(handlers[2].count() == count);
  CHECK(handlers[3].count() == count);
}

TEST_CASE("the members that are left get what comes after a drain") {
  auto nats = nats_server{};
  auto one = connect_to(nats.url());
  auto two = connect_to(nats.url());
  auto first = recording_handler{};
  auto second = recording_handler{};
  auto leaving = subscribe_to(*one, "work", "group", first);
  auto staying = subscribe_to(*two, "work", "group", second);
  CHECK(leaving->drain(patience));
  must(one->sync(patience));
  auto sending = connect_to(nats.url());
  for (auto i = 0; i < 100; ++i)
    must(sending->publish("work", "x"));
  sending->flush();
  wait_until("all arrive", patience,
             [&second] { return second.count() == 100; });
  CHECK(first.count() == 0);
}

} // namespace sluice::tests
