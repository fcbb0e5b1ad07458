#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>

namespace sluice::tests {

namespace {

/// Is stuck until `let_go`.
class stuck_handler : public messaging::message_handler {
public:
  ~stuck_handler() override {
    let_go();
  }
  void on_message(const messaging::inbound_message&) noexcept override {
    may_go_.wait();
  }
  void let_go() {
    if (!std::exchange(is_free_, true))
      free_.set_value();
  }

private:
  std::promise<void> free_;
  std::shared_future<void> may_go_ = free_.get_future().share();
  bool is_free_ = false;
};

std::unique_ptr<messaging::connection> connect_alone(const std::string& url) {
  return must(messaging::connection::connect({}, url, "test", nullptr, false,
                                             messaging::delivery::own));
}

} // namespace

TEST_CASE("what one connection delivers does not wait for another one's") {
  auto nats = nats_server{};
  auto held_up = connect_alone(nats.url());
  auto free = connect_alone(nats.url());
  auto stuck = stuck_handler{};
  auto got = recording_handler{};
  const auto one = subscribe_to(*held_up, "one", "", stuck);
  const auto other = subscribe_to(*free, "other", "", got);
  auto sending = connect_to(nats.url());
  must(sending->publish("one", "x"));
  must(sending->publish("other", "y"));
  sending->flush();
  wait_until("the other one arrives", patience,
             [&got] { return got.count() == 1; });
  stuck.let_go();
}

} // namespace sluice::tests
