#include "tests/support/streamed_reply.hpp"

#include "tests/support/expect.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace sluice::tests {

namespace {

constexpr auto message_patience = std::chrono::seconds{30};

/// Keeps what arrives until it is asked for.
class inbox : public messaging::message_handler {
public:
  void on_message(const messaging::inbound_message& message) noexcept override {
    auto kept = messaging::owned_message{
        std::string{message.subject()}, std::string{message.payload()}, {}};
    for (const auto* name :
         {"Status", "Sluice-Sequence", "Sluice-Final", "Sluice-Statement",
          "Sluice-Bookmark", "Sluice-Replayed", "Nats-Service-Error",
          "Nats-Service-Error-Code"})
      if (const auto value = message.header(name); !value.empty())
        kept.headers.emplace_back(name, value);
    const auto guard = std::lock_guard{mutex_};
    messages_.push_back({std::move(kept)});
    arrived_.notify_one();
  }

  reply next() {
    auto lock = std::unique_lock{mutex_};
    if (!arrived_.wait_for(lock, message_patience,
                           [this] { return !messages_.empty(); }))
      throw std::runtime_error{"the stream stopped before its end"};
    auto result = std::move(messages_.front());
    messages_.pop_front();
    return result;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<reply> messages_;
};

} // namespace

void request_stream(const std::string& url, const std::string& subject,
                    const std::string& body,
                    const std::function<bool(const reply&)>& on_message) {
  auto connection
      = must(messaging::connection::connect({}, url, "test", nullptr));
  auto received = inbox{};
  const auto reply_to = must(connection->make_inbox());
  const auto subscription = must(connection->subscribe(reply_to, "", received));
  must(connection->publish(subject.c_str(), body, {{{"Sluice-Stream", "true"}}},
                           reply_to.c_str()));
  connection->flush();
  while (true) {
    const auto message = received.next();
    if (message.header("Status") == "503")
      throw std::runtime_error{"nobody serves " + subject};
    const auto is_last = message.header("Sluice-Final") == "true"
                         || !message.header("Nats-Service-Error").empty();
    if (!on_message(message) || is_last)
      return;
  }
}

std::vector<reply> gather_stream(const std::string& url,
                                 const std::string& subject,
                                 const std::string& body) {
  auto result = std::vector<reply>{};
  request_stream(url, subject, body, [&result](const reply& message) {
    result.push_back(message);
    return true;
  });
  return result;
}

} // namespace sluice::tests
