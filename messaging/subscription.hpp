#pragma once

#include "config/settings.hpp"
#include "messaging/connection.hpp"
#include "messaging/nats_handle.hpp"
#include "messaging/read_gate.hpp"
#include "messaging/spent_messages.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::messaging {

/// What is behind a subscription. Only for messaging's own sources.
struct subscription::impl {
  /// What it is made of; all but the texts outlives it.
  struct plan {
    nats_connection& connection;
    const config::nats_settings& settings;
    /// Bounds what waits; null where the library has to do that, by dropping.
    read_gate* gate = nullptr;
    const std::string& subject;
    const std::string& queue_group;
    message_handler& handler;
  };

  explicit impl(const plan& of) noexcept
      : connection{of.connection}, gate{of.gate}, handler{of.handler} {}

  nats_connection& connection;
  read_gate* gate;
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
  make(const plan& of);
};

} // namespace sluice::messaging
