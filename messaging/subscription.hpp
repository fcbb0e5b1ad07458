#pragma once

#include "messaging/arrival_times.hpp"
#include "messaging/connection.hpp"
#include "messaging/nats_handle.hpp"
#include "messaging/session.hpp"
#include "messaging/spent_messages.hpp"
#include "messaging/subscription_list.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::messaging {

/// A subscription on one session. Only for messaging's own sources.
class session_subscription {
public:
  /// @param handler outlives it.
  [[nodiscard]] static result<std::unique_ptr<session_subscription>>
  make(const std::shared_ptr<session>& on,
       const config::nats_settings& settings, const std::string& subject,
       const std::string& queue_group, message_handler& handler);

  /// Waits for a callback that still runs.
  ~session_subscription();
  session_subscription(const session_subscription&) = delete;
  session_subscription& operator=(const session_subscription&) = delete;

  [[nodiscard]] bool drain(std::chrono::milliseconds timeout) noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
  session_subscription(std::shared_ptr<session> on,
                       message_handler& handler) noexcept;
  [[nodiscard]] bool drain_alone(std::chrono::milliseconds timeout) noexcept;
  /// The calling thread, which delivers. Always true.
  [[nodiscard]] bool give_way() const noexcept;

  struct callbacks;

  /// Owned by the connection, too, and by those who wait for an answer.
  std::shared_ptr<session> session_;
  message_handler& handler_;
  /// Noted by the session's gate, where it has one.
  arrival_times arrivals_;
  /// Of the delivery thread.
  spent_messages spent_;
  nats_handle<nats_subscription> handle_;

  /// The library has made the last callback.
  std::mutex mutex_;
  std::condition_variable completed_;
  bool is_completed_ = false;
};

/// What is behind a subscription: one on each session, one after the other.
/// Only for messaging's own sources.
struct subscription::impl {
  impl(subscription_list& list_in, const config::nats_settings& settings_in,
       std::string subject_in, std::string queue_group_in,
       message_handler& handler_in);
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  /// Subscribes on a session; under the lock of the list.
  [[nodiscard]] result<void> attach(const std::shared_ptr<session>& to);

  subscription_list& list;
  const config::nats_settings& settings;
  const std::string subject;
  const std::string queue_group;
  message_handler& handler;
  /// Null while there is no session.
  std::unique_ptr<session_subscription> present;
  /// By those that have been.
  std::uint64_t dropped_before = 0;
  bool is_drained = false;
};

} // namespace sluice::messaging
