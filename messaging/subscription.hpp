#pragma once

#include "config/settings.hpp"
#include "messaging/connection.hpp"
#include "messaging/nats_handle.hpp"

#include <memory>
#include <string>

namespace sluice::messaging {

/// What is behind a subscription. Only for messaging's own sources.
struct subscription::impl {
  nats_handle<nats_subscription> handle;
  bool is_drained = false;

  [[nodiscard]] static result<std::unique_ptr<subscription>>
  make(nats_connection& connection, const config::nats_settings& settings,
       const std::string& subject, const std::string& queue_group,
       message_handler& handler);
};

} // namespace sluice::messaging
