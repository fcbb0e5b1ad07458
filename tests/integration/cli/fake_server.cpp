#include "tests/integration/cli/fake_server.hpp"

#include "tests/support/expect.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <span>
#include <stdexcept>

namespace sluice::tests {

fake_server::fake_server()
    : connection_{must(messaging::connection::connect({}, nats_.url(),
                                                      "fake-server", nullptr))},
      subscription_{must(connection_->subscribe("sluice.>", "", *this))} {
  // The interest must be known before the first request.
  if (auto synced = connection_->sync(patience); !synced)
    throw std::runtime_error{synced.error().message};
}

fake_server::~fake_server() {
  subscription_->drain(patience);
}

void fake_server::reply_with(std::string body) {
  const auto guard = std::lock_guard{mutex_};
  replies_.push_back({.body = std::move(body)});
}

void fake_server::fail_with(const std::string& code, std::string number,
                            std::string message, std::string statement) {
  const auto guard = std::lock_guard{mutex_};
  replies_.push_back({R"({"success":false,"error":")" + message
                          + R"(","code":")" + code + R"(","retryable":false})",
                      std::move(number), std::move(message),
                      std::move(statement)});
}

std::vector<seen_request> fake_server::requests() const {
  const auto guard = std::lock_guard{mutex_};
  return requests_;
}

std::vector<std::string>
fake_server::command(std::vector<std::string> words) const {
  words.insert(words.end(), {"--nats-url", url()});
  return words;
}

std::string fake_server::url() const {
  return nats_.url();
}

void fake_server::on_message(
    const messaging::inbound_message& message) noexcept {
  try {
    answer(message);
  } catch (...) {
    // A test that goes on would only wait for what cannot come.
    std::abort();
  }
}

void fake_server::answer(const messaging::inbound_message& message) {
  auto reply = prepared_reply{};
  {
    const auto guard = std::lock_guard{mutex_};
    requests_.push_back({std::string{message.subject()},
                         std::string{message.payload()},
                         std::string{message.header("Sluice-Timeout-Ms")},
                         std::string{message.header("Authorization")}});
    if (replies_.empty())
      return;
    reply = std::move(replies_.front());
    replies_.pop_front();
  }
  const auto headers = std::array<messaging::header, 3>{
      {{"Nats-Service-Error", reply.error_message},
       {"Nats-Service-Error-Code", reply.error_number},
       {"Sluice-Failed-Statement", reply.failed_statement}}};
  const auto count = reply.error_number.empty()       ? std::size_t{0}
                     : reply.failed_statement.empty() ? std::size_t{2}
                                                      : headers.size();
  const auto used = std::span<const messaging::header>{headers}.first(count);
  const auto reply_to = std::string{message.reply_to()};
  if (!connection_->publish(reply_to.c_str(), reply.body, used))
    throw std::runtime_error{"cannot reply"};
  connection_->flush();
}

} // namespace sluice::tests
