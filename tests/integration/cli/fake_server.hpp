#pragma once

#include "messaging/connection.hpp"
#include "tests/support/nats_server.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::tests {

/// A request as it arrived.
struct seen_request {
  std::string subject;
  std::string body;
  std::string timeout_ms;
  std::string authorization;
};

/// Answers all subjects under `sluice.` with replies prepared by the test, on
/// a nats-server of its own. When there are no replies left it says nothing.
class fake_server : public messaging::message_handler {
public:
  fake_server();
  ~fake_server() override;

  /// The next reply.
  void reply_with(std::string body);
  /// The next reply, as an error.
  /// @param statement which one of a script failed; empty: none is named.
  void fail_with(const std::string& code, std::string number,
                 std::string message, std::string statement = {});

  /// What arrived so far.
  [[nodiscard]] std::vector<seen_request> requests() const;

  /// Options that make commands use this server.
  [[nodiscard]] std::vector<std::string>
  command(std::vector<std::string> words) const;

  [[nodiscard]] std::string url() const;

  void on_message(const messaging::inbound_message& message) noexcept override;

private:
  struct prepared_reply {
    std::string body = {};
    std::string error_number = {};
    std::string error_message = {};
    std::string failed_statement = {};
  };
  void answer(const messaging::inbound_message& message);

  nats_server nats_;
  mutable std::mutex mutex_;
  std::deque<prepared_reply> replies_;
  std::vector<seen_request> requests_;
  std::unique_ptr<messaging::connection> connection_;
  // Last: no callback runs any more when the others go.
  std::unique_ptr<messaging::subscription> subscription_;
};

} // namespace sluice::tests
