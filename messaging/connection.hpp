#pragma once

#include "config/settings.hpp"
#include "messaging/message.hpp"

#include <chrono>
#include <cstddef>
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

/// One connection to NATS. Safe to use from any thread.
///
/// Sending: `publish` appends to the connection's buffer and returns; `flush`
/// hands the buffer to the socket at once and does not wait for the server.
/// Whoever publishes several messages in a row flushes once after the last.
/// What nobody flushes is sent within about a millisecond. So one reply alone
/// leaves at once, and many leave in one write (docs/adr/0004).
class connection {
public:
  /// Connects, or, where `wait_for_server` is set, returns at once and goes on
  /// trying without end in the background.
  /// @param url overrides `settings.url` (the embedded server's address).
  /// @param observer outlives the connection; may be null.
  [[nodiscard]] static result<std::unique_ptr<connection>>
  connect(const config::nats_settings& settings, const std::string& url,
          const std::string& client_name, connection_observer* observer,
          bool wait_for_server = false);

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
  [[nodiscard]] result<void> publish(const char* subject,
                                     std::string_view payload,
                                     std::span<const header> headers = {},
                                     const char* reply_to = nullptr);

  /// A subject that nobody else knows, to be answered on.
  [[nodiscard]] result<std::string> make_inbox() const;

  /// Sends what is in the buffer, as far as the socket takes it without
  /// blocking; the rest follows by itself.
  void flush() noexcept;

  /// Sends a request and waits for one reply.
  [[nodiscard]] result<owned_message>
  request(const std::string& subject, std::string_view payload,
          std::span<const header> headers, std::chrono::milliseconds timeout);

  /// Waits until the server has seen all that was published; not at all where
  /// there never was a server.
  [[nodiscard]] result<void> sync(std::chrono::milliseconds timeout);

  /// Bytes in the buffer, not yet handed to the socket.
  [[nodiscard]] std::size_t unsent_bytes() const noexcept;

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
