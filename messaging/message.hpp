#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What travels over NATS.
namespace sluice::messaging {

/// Why something with NATS did not work, in words for a log or a terminal.
struct failure {
  enum class kind : std::uint8_t {
    other,
    timeout,       ///< No reply within the time.
    no_responders, ///< Nobody serves the subject.
    too_large,     ///< Larger than the server's max_payload.
    disconnected,  ///< No connection, and the buffer for it is full.
    configuration, ///< An option or a file that it names is wrong.
    not_permitted, ///< The server's permissions for this user forbid it.
    congested,     ///< The server is there, but takes nothing.
  };
  kind what = kind::other;
  std::string message;
};

template <class T>
using result = std::expected<T, failure>;

/// One header of an outgoing message (NATS ADR-4).
struct header {
  std::string_view name;
  std::string_view value;
};

/// A message that the caller owns: the answer to a request.
struct owned_message {
  std::string subject;
  std::string payload;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The value of a header, empty if absent; names without regard to case.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// A received message, as a view: valid only during the callback.
class inbound_message {
public:
  virtual ~inbound_message() = default;
  [[nodiscard]] virtual std::string_view subject() const noexcept = 0;
  /// Empty if the sender wants no reply.
  [[nodiscard]] virtual std::string_view reply_to() const noexcept = 0;
  [[nodiscard]] virtual std::string_view payload() const noexcept = 0;
  /// The first value of a header, by its exact name and, failing that, without
  /// regard to case; empty if absent. Cheap where there are no headers at all.
  [[nodiscard]] virtual std::string_view header(const char* name) const noexcept
      = 0;
  /// Whether so much waits behind it that its connection is not read until some
  /// of that is gone. Always false with TLS.
  [[nodiscard]] virtual bool has_backlog() const noexcept {
    return false;
  }
  /// Since when it may have been in this process's socket: not later than it
  /// was. With TLS: now.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point
  arrived() const noexcept {
    return std::chrono::steady_clock::now();
  }
  /// All of it.
  [[nodiscard]] virtual owned_message copy() const = 0;
};

/// Gets what arrives on a subscription, on a thread of NATS. Must copy what it
/// keeps, must not block, and cannot throw.
class message_handler {
public:
  virtual ~message_handler() = default;
  virtual void on_message(const inbound_message& message) noexcept = 0;
  /// Whether the last message was refused for want of room. Then those that
  /// come next may gather for a moment: to take them in together costs less.
  [[nodiscard]] virtual bool has_refused() const noexcept {
    return false;
  }
};

} // namespace sluice::messaging
