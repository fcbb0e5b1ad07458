#pragma once

#include "config/settings.hpp"
#include "messaging/connection.hpp"
#include "messaging/nats_handle.hpp"
#include "messaging/spent_messages.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::messaging {

/// What is behind a subscription. Only for messaging's own sources.
struct subscription::impl {
  impl(nats_connection& from, message_handler& receiver) noexcept
      : connection{from}, handler{receiver} {}

  nats_connection& connection;
  message_handler& handler;
  /// Of the delivery thread.
  spent_messages spent;
  nats_handle<nats_subscription> handle;
  bool is_drained = false;

  /// The library has made the last callback.
  std::mutex mutex;
  std::condition_variable completed;
  bool is_completed = false;

  ~impl();
  static void on_complete(void* closure) noexcept;
  [[nodiscard]] bool drain_alone(std::chrono::milliseconds timeout) noexcept;

  [[nodiscard]] static result<std::unique_ptr<subscription>>
  make(nats_connection& connection, const config::nats_settings& settings,
       const std::string& subject, const std::string& queue_group,
       message_handler& handler);
};

} // namespace sluice::messaging
