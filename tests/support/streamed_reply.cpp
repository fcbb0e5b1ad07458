#include "tests/support/streamed_reply.hpp"

#include "messaging/reply_stream.hpp"
#include "tests/support/expect.hpp"

namespace sluice::tests {

namespace {

constexpr auto message_patience = std::chrono::seconds{30};

} // namespace

void request_stream(const std::string& url, const std::string& subject,
                    const std::string& body,
                    const std::function<bool(const reply&)>& on_message) {
  auto connection
      = must(messaging::connection::connect({}, url, "test", nullptr));
  const auto header = messaging::header{"Sluice-Stream", "true"};
  const auto stream = must(messaging::reply_stream::request(
      *connection, subject, body, {&header, 1}));
  while (true) {
    const auto message = reply{must(stream->next(message_patience))};
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
