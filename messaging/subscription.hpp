#pragma once

#include "config/settings.hpp"
#include "messaging/connection.hpp"
#include "messaging/nats_handle.hpp"
#include "messaging/spent_messages.hpp"

#include <memory>
#include <string>

namespace sluice::messaging {

/// What is behind a subscription. Only for messaging's own sources.
struct subscription::impl {
  explicit impl(message_handler& receiver) noexcept : handler{receiver} {}

  message_handler& handler;
  /// Of the delivery thread.
  spent_messages spent;
  nats_handle<nats_subscription> handle;
  bool is_drained = false;

  [[nodiscard]] static result<std::unique_ptr<subscription>>
  make(nats_connection& connection, const config::nats_settings& settings,
       const std::string& subject, const std::string& queue_group,
       message_handler& handler);
};

} // namespace sluice::messaging
