#pragma once

#include "config/settings.hpp"
#include "messaging/delivery.hpp"
#include "messaging/message.hpp"
#include "messaging/nats_handle.hpp"
#include "messaging/read_gate.hpp"
#include "messaging/socket_loop.hpp"
#include "messaging/spent_messages.hpp"
#include "messaging/unsent_bytes.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Only for messaging's own sources.
namespace sluice::messaging {

/// What a session has to tell, on threads that must not be held up.
class session_observer {
public:
  virtual ~session_observer() = default;
  /// It serves no longer; it is to be replaced.
  virtual void on_session_end() noexcept = 0;
  /// @param is_refusal for want of a permission.
  virtual void on_session_error(std::string_view subject,
                                std::string_view reason,
                                bool is_refusal) noexcept
      = 0;
};

/// What a message is made of.
struct outgoing_message {
  const char* subject = nullptr;
  /// Where an answer is to go; null: none is wanted.
  const char* reply_to = nullptr;
  std::string_view payload;
  std::span<const header> headers;

  /// What it takes in a buffer, about.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

[[nodiscard]] result<nats_handle<nats_message>>
make_message(const outgoing_message& of);

/// One connection of the library, from a successful connect to its end. The
/// library never connects it again: a connection that was cut in the middle of
/// a message would go on in the middle of that (docs/adr/0014).
class session {
public:
  /// Why there is none.
  struct refusal {
    enum class kind : std::uint8_t {
      absent,      ///< No server is there, or none answers.
      credentials, ///< It does not accept who comes.
      other,
    };
    kind what = kind::other;
    failure why;
  };

  /// @param observer outlives the session.
  [[nodiscard]] static std::expected<std::unique_ptr<session>, refusal>
  open(const config::nats_settings& settings, const std::string& url,
       const std::string& client_name, delivery threads,
       session_observer& observer);

  /// Closes it.
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// @return `disconnected` if the session is over, and the message did not
  ///   leave; otherwise as `connection::publish`.
  [[nodiscard]] result<void> publish(const outgoing_message& message);
  /// The same with a message of the library, which is not taken.
  /// @param bytes what it takes in a buffer, about.
  [[nodiscard]] result<void> publish(nats_message& message, std::size_t bytes);
  void flush() noexcept;
  [[nodiscard]] result<void> sync(std::chrono::milliseconds timeout);

  /// Ends it; whoever waits for an answer gets none.
  void close() noexcept;

  /// Not over: while it says no, nothing that is published gets lost in it.
  [[nodiscard]] bool is_connected() const noexcept {
    return !is_broken_.load() && !has_ended_.load();
  }
  [[nodiscard]] bool is_congested() noexcept {
    return unsent_.is_too_much(*handle_);
  }
  [[nodiscard]] std::size_t unsent_bytes() const noexcept {
    return buffered_bytes(*handle_);
  }
  [[nodiscard]] std::size_t max_payload() const noexcept;
  /// Of the server, without credentials; empty: not known.
  [[nodiscard]] const std::string& url() const noexcept {
    return url_;
  }
  /// Why it ended.
  [[nodiscard]] std::string end_reason() const;
  /// Other servers of its cluster, as the server has told.
  [[nodiscard]] std::vector<std::string> discovered_servers() const;

  [[nodiscard]] nats_connection& handle() const noexcept {
    return *handle_;
  }
  /// Which threads deliver.
  [[nodiscard]] delivery threads() const noexcept {
    return threads_;
  }
  /// Bounds what waits; null where the library has to do that, by dropping.
  [[nodiscard]] read_gate* gate() const noexcept {
    return gate_.get();
  }

private:
  explicit session(const config::nats_settings& settings, delivery threads,
                   session_observer& observer);
  [[nodiscard]] static std::expected<std::unique_ptr<session>, refusal>
  try_to_open(const config::nats_settings& settings, const std::string& url,
              const std::string& client_name, delivery threads,
              session_observer& observer);
  [[nodiscard]] result<void> set_up(nats_options& options,
                                    const config::nats_settings& settings,
                                    bool uses_loop);
  [[nodiscard]] result<void> check_usable() const;
  [[nodiscard]] result<void> settle(int status, std::size_t bytes);
  void tell_closed() noexcept;

  struct callbacks;

  session_observer& observer_;
  const delivery threads_;
  std::unique_ptr<read_gate> gate_;
  /// Not with TLS: there the library waits inside of a read, which would stop
  /// the writes of one thread for both.
  std::unique_ptr<socket_loop> loop_;
  nats_handle<nats_connection> handle_;
  std::string url_;
  spent_messages spent_;
  messaging::unsent_bytes unsent_;
  /// A write did not go through: nothing more may follow it.
  std::atomic<bool> is_broken_ = false;
  /// The library has closed it.
  std::atomic<bool> has_ended_ = false;

  std::mutex mutex_;
  std::condition_variable closed_;
  bool is_closed_ = false;
};

} // namespace sluice::messaging
