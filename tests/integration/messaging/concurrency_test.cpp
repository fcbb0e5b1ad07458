#include "messaging/connection.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

/// One connection, many threads.
namespace sluice::tests {

namespace {

constexpr auto threads = std::size_t{8};
constexpr auto per_thread = std::uint32_t{12'500};

/// Checks that the numbers of each thread come without a gap.
class order_checker : public messaging::message_handler {
public:
  void on_message(const messaging::inbound_message& message) noexcept override {
    const auto text = std::string{message.payload()};
    const auto colon = text.find(':');
    const auto thread = std::stoul(text.substr(0, colon));
    const auto number = std::stoul(text.substr(colon + 1));
    if (thread >= threads || next_[thread] != number)
      out_of_order.fetch_add(1);
    else
      ++next_[thread];
    count.fetch_add(1);
  }

  std::atomic<std::uint32_t> count = 0;
  std::atomic<std::uint32_t> out_of_order = 0;

private:
  std::array<std::uint32_t, threads> next_ = {};
};

/// Publishes from all threads; each flushes after `per_flush` messages, or
/// never for 0.
void publish_from_all(messaging::connection& connection,
                      std::uint32_t per_flush) {
  auto workers = std::vector<std::jthread>{};
  for (auto thread = std::size_t{0}; thread < threads; ++thread)
    workers.emplace_back([&connection, thread, per_flush] {
      for (auto i = std::uint32_t{0}; i < per_thread; ++i) {
        must(connection.publish("many", std::to_string(thread) + ":"
                                            + std::to_string(i)));
        if (per_flush != 0 && i % per_flush == 0)
          connection.flush();
      }
      connection.flush();
    });
}

void check_order(std::uint32_t per_flush) {
  constexpr auto all = threads * per_thread;
  auto nats = nats_server{};
  auto settings = config::nats_settings{};
  settings.pending_messages_max = 2 * all;
  auto receiving = connect_to(nats.url(), settings);
  auto checker = order_checker{};
  auto subscription = subscribe_to(*receiving, "many", "", checker);
  auto sending = connect_to(nats.url());
  publish_from_all(*sending, per_flush);
  wait_until("all messages arrive", std::chrono::seconds{60},
             [&checker] { return checker.count.load() == all; });
  CHECK(checker.out_of_order.load() == 0);
  CHECK(subscription->dropped() == 0);
  CHECK(sending->unsent_bytes() == 0);
}

} // namespace

TEST_CASE("many threads that flush each message lose nothing and keep order") {
  check_order(1);
}

TEST_CASE("many threads that flush now and then lose nothing, keep order") {
  check_order(100);
}

TEST_CASE("many threads that flush at the end lose nothing and keep order") {
  check_order(0);
}

TEST_CASE("many threads can ask at the same time") {
  struct answering : messaging::message_handler {
    messaging::connection* connection = nullptr;
    void
    on_message(const messaging::inbound_message& message) noexcept override {
      const auto sent = connection->publish(
          std::string{message.reply_to()}.c_str(), message.payload());
      // Else the one who asks fails.
      if (sent)
        connection->flush();
    }
  };
  auto nats = nats_server{};
  auto served = connect_to(nats.url());
  auto handler = answering{};
  handler.connection = served.get();
  auto subscription = subscribe_to(*served, "ask", "", handler);
  auto asking = connect_to(nats.url());
  auto wrong = std::atomic<int>{0};
  {
    auto workers = std::vector<std::jthread>{};
    for (auto thread = std::size_t{0}; thread < threads; ++thread)
      workers.emplace_back([&asking, &wrong, thread] {
        for (auto i = 0; i < 200; ++i) {
          const auto text = std::to_string(thread) + ":" + std::to_string(i);
          const auto got = asking->request("ask", text, {}, patience);
          if (!got || got->payload != text)
            ++wrong;
        }
      });
  }
  CHECK(wrong == 0);
}

} // namespace sluice::tests
