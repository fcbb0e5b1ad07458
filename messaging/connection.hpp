#pragma once

#include "config/settings.hpp"
#include "messaging/delivery.hpp"
#include "messaging/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::messaging {

class subscription;

/// What happens to a connection, for the log. Called on threads of NATS; must
/// not block and cannot throw.
class connection_observer {
public:
  virtual ~connection_observer() = default;
  virtual void on_connected(std::string_view url) noexcept = 0;
  virtual void on_disconnected(std::string_view reason) noexcept = 0;
  virtual void on_reconnected(std::string_view url) noexcept = 0;
  /// For good.
  virtual void on_closed(std::string_view reason) noexcept = 0;
  /// Slow consumer, permission violation and the like.
  virtual void on_error(std::string_view subject,
                        std::string_view reason) noexcept
      = 0;
};

/// What becomes of messages that were taken while there was no server, and that
/// the next one does not take. Called on a thread of the connection; must not
/// block.
class undelivered_handler {
public:
  virtual ~undelivered_handler() = default;
  virtual void on_undelivered(const char* subject, std::size_t payload_bytes,
                              const failure& why) noexcept
      = 0;
};

/// One connection to NATS. Safe to use from any thread.
///
/// When its server goes it is made anew, with everything that is subscribed,
/// until there is one again; what is published meanwhile waits, up to
/// `nats.reconnect_buffer_bytes_max`. It ends for good only when a server does
/// not accept its credentials, twice in a row.
///
/// Sending: `publish` appends to the connection's buffer and returns; `flush`
/// hands the buffer to the socket at once and does not wait for the server.
/// Whoever publishes several messages in a row flushes once after the last.
/// What nobody flushes is sent within about a millisecond. So one reply alone
/// leaves at once, and many leave in one write (docs/adr/0004).
class connection {
public:
  /// Connects, or, where `wait_for_server` is set and none answers, returns and
  /// goes on trying without end in the background.
  /// @param url overrides `settings.url` (the embedded server's address).
  /// @param observer outlives the connection; may be null.
  /// @param threads `own`: what waits for another connection delays nothing.
  [[nodiscard]] static result<std::unique_ptr<connection>>
  connect(const config::nats_settings& settings, const std::string& url,
          const std::string& client_name, connection_observer* observer,
          bool wait_for_server = false, delivery threads = delivery::shared);

  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Delivers what arrives on `subject` to `handler`, which must outlive the
  /// subscription. An empty queue group: every subscriber gets every message.
  [[nodiscard]] result<std::unique_ptr<subscription>>
  subscribe(const std::string& subject, const std::string& queue_group,
            message_handler& handler);

  /// Appends a message to the buffer. Does not wait for the network.
  /// @param reply_to where an answer is to go; null: none is wanted.
  /// @return `congested` when twice `nats.unsent_bytes_max` wait to be taken by
  ///   the server; `disconnected` when there is none and the buffer for that is
  ///   full; `too_large` for more than `max_payload`.
  [[nodiscard]] result<void> publish(const char* subject,
                                     std::string_view payload,
                                     std::span<const header> headers = {},
                                     const char* reply_to = nullptr);

  /// @param handler null: nobody is told. After the return of such a call the
  ///   one before it is not used any more.
  void report_undelivered_to(undelivered_handler* handler) noexcept;

  /// A subject that nobody else knows, to be answered on; below
  /// `nats.inbox_prefix`.
  [[nodiscard]] result<std::string> make_inbox() const;

  /// Sends what is in the buffer, as far as the socket takes it without
  /// blocking; the rest follows by itself.
  void flush() noexcept;

  /// Sends a request and waits for one reply; first of all for a server, if
  /// there is none.
  /// @return `not_permitted` as soon as the server has refused to take the
  ///   request, or to let its answer through.
  [[nodiscard]] result<owned_message>
  request(const std::string& subject, std::string_view payload,
          std::span<const header> headers, std::chrono::milliseconds timeout);

  /// Waits until the server has seen all that was published; not at all where
  /// there is no server.
  [[nodiscard]] result<void> sync(std::chrono::milliseconds timeout);

  /// Bytes not yet handed to the socket, or waiting for a server.
  [[nodiscard]] std::size_t unsent_bytes() const noexcept;

  /// Whether more than `nats.unsent_bytes_max` waits in the buffer because the
  /// server does not take it: no more should be made. Cheap while it is not.
  [[nodiscard]] bool is_congested() noexcept;

  /// What the server has last refused for want of a permission since it was
  /// connected to, with its words; empty: nothing.
  [[nodiscard]] std::string last_refusal() const;

  /// How often it has, for publishing and for subscribing together.
  [[nodiscard]] std::uint64_t refusals() const noexcept;

  /// The limit of one message that the server told at the last connect; 0
  /// before the first one. Cheap.
  [[nodiscard]] std::size_t max_payload() const noexcept;

  [[nodiscard]] bool is_connected() const noexcept;

  /// Address of the server in use, without credentials.
  [[nodiscard]] std::string url() const;

  struct impl;

private:
  explicit connection(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

/// One subscription. The destructor drains, and waits for a callback that still
/// runs: after it there is none. Not to be destroyed in a callback.
class subscription {
public:
  ~subscription();
  subscription(const subscription&) = delete;
  subscription& operator=(const subscription&) = delete;

  /// Stops the interest at the server, delivers what has arrived, and returns
  /// after the last callback, or `false` after `timeout`.
  bool drain(std::chrono::milliseconds timeout) noexcept;

  /// Messages that NATS dropped because this client was too slow.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

  struct impl;
  explicit subscription(std::unique_ptr<impl> state);

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::messaging
