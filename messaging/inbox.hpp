#pragma once

#include "messaging/message.hpp"
#include "messaging/nats_handle.hpp"

#include <chrono>
#include <string>

namespace sluice::messaging {

/// A subject of its own for the answer to one request, and the subscription to
/// it. Belongs to one thread. Only for messaging's own sources.
class inbox {
public:
  /// A subject that nobody else knows.
  /// @param prefix what it begins with; empty: `_INBOX`.
  [[nodiscard]] static result<std::string>
  make_subject(const std::string& prefix);

  /// Subscribes to such a subject.
  [[nodiscard]] static result<inbox> open(nats_connection& connection,
                                          const std::string& prefix);

  [[nodiscard]] const std::string& subject() const noexcept {
    return subject_;
  }

  /// Waits for one message.
  /// @param asked the subject of the request.
  /// @return `not_permitted` as soon as the server has refused the request or
  ///   this subscription; it tells that apart from any message.
  [[nodiscard]] result<owned_message> wait(const std::string& asked,
                                           std::chrono::milliseconds timeout);

private:
  inbox(nats_connection& connection, std::string subject,
        nats_handle<nats_subscription> subscription) noexcept;

  nats_connection* connection_;
  std::string subject_;
  nats_handle<nats_subscription> subscription_;
};

/// What the server has last refused on this connection, with its words
/// (`Permissions Violation for Publish to "x"`); nothing if it has not since
/// the connection came about.
[[nodiscard]] std::string last_refusal(nats_connection& connection);

} // namespace sluice::messaging
