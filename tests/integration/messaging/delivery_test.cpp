#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/messaging/stuck_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

std::unique_ptr<messaging::connection> connect_alone(const std::string& url) {
  return must(messaging::connection::connect({}, url, "test", nullptr, false,
                                             messaging::delivery::own));
}

/// At the latest when the test is left: a subscription waits for its handler.
class letting_go {
public:
  explicit letting_go(stuck_handler& which) : which_{which} {}
  letting_go(const letting_go&) = delete;
  letting_go& operator=(const letting_go&) = delete;
  ~letting_go() {
    which_.let_go();
  }

private:
  stuck_handler& which_;
};

} // namespace

TEST_CASE("what one connection delivers does not wait for another one's") {
  auto nats = nats_server{};
  auto held_up = connect_alone(nats.url());
  auto free = connect_alone(nats.url());
  auto stuck = stuck_handler{};
  auto got = recording_handler{};
  const auto one = subscribe_to(*held_up, "one", "", stuck);
  const auto other = subscribe_to(*free, "other", "", got);
  const auto end = letting_go{stuck};
  auto sending = connect_to(nats.url());
  must(sending->publish("one", "x"));
  sending->flush();
  wait_until("one is stuck", patience, [&stuck] { return stuck.count() == 1; });
  must(sending->publish("other", "y"));
  sending->flush();
  wait_until("the other one arrives", patience,
             [&got] { return got.count() == 1; });
  CHECK_FALSE(stuck.has_ended());
}

} // namespace sluice::tests
