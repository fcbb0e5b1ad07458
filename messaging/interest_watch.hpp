#pragma once

#include "messaging/connection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::messaging {

/// Notices that nobody listens to a subject any more: a message that names a
/// reply subject of its publisher's, and finds no subscriber, comes back there
/// as "no responders" (status 503, NATS ADR-4 and nats-server's option
/// no_responders). Counts what subscribers answer there, too. Any thread.
///
/// Whoever may publish to this inbox could say the same of other tickets, so
/// each has a name that cannot be guessed: only the NATS server and whoever the
/// messages go to know it.
class interest_watch : public message_handler {
public:
  /// One publisher's subject for such answers; ends with this object.
  class ticket {
  public:
    /// @param owner outlives this.
    explicit ticket(interest_watch& owner);
    ~ticket();
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;

    /// For `connection::publish`.
    [[nodiscard]] const char* reply_subject() const noexcept {
      return reply_subject_.c_str();
    }
    /// A message of this publisher found nobody.
    [[nodiscard]] bool is_abandoned() const noexcept {
      return is_abandoned_.load(std::memory_order_relaxed);
    }

    /// How many messages came back from whoever listens.
    [[nodiscard]] std::uint64_t answers() const noexcept {
      return answers_.load(std::memory_order_relaxed);
    }

  private:
    friend class interest_watch;
    interest_watch& owner_;
    std::string name_;
    std::string reply_subject_;
    std::atomic<bool> is_abandoned_ = false;
    std::atomic<std::uint64_t> answers_ = 0;
  };

  /// Subscribes to an inbox of its own.
  /// @param connection outlives this.
  [[nodiscard]] static result<std::unique_ptr<interest_watch>>
  start(connection& connection);

  void on_message(const inbound_message& message) noexcept override;

private:
  explicit interest_watch(std::string inbox);

  const std::string inbox_;
  std::mutex mutex_;
  std::map<std::string, ticket*, std::less<>> tickets_;
  // Its callbacks must have ended before what they use goes.
  std::unique_ptr<subscription> subscription_;
};

} // namespace sluice::messaging
