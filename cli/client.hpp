#pragma once

#include "cli/connection_watch.hpp"
#include "cli/failure.hpp"
#include "config/settings.hpp"
#include "messaging/connection.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::messaging {
class reply_stream;
} // namespace sluice::messaging

namespace sluice::cli {

/// A connection to a server, as commands need it. Belongs to one thread.
class client {
public:
  /// @param patience how long one request may take; the server is told, so
  ///   that it does not execute what nobody waits for any more.
  [[nodiscard]] static result<client>
  connect(const config::settings& settings, std::chrono::milliseconds patience);

  /// Sends a request to a subject as it is. A failure that the server answers
  /// with is a reply, too.
  [[nodiscard]] result<messaging::owned_message>
  request(const std::string& subject, std::string_view body,
          std::span<const messaging::header> headers = {});

  /// What gets the messages of a stream; a failure ends it.
  using message_function
      = std::function<result<void>(const messaging::owned_message&)>;

  /// The same for a request with `Sluice-Stream: true`.
  /// @param on_message gets each message of the reply, the last one too.
  /// @return the last message, which may be an error.
  [[nodiscard]] result<messaging::owned_message>
  request_stream(const std::string& subject, std::string_view body,
                 std::span<const messaging::header> headers,
                 const message_function& on_message);

  /// Sends a request to a subject under the prefix.
  /// @param tail e.g. "databases.list".
  /// @return the body, or the error that the server answers with.
  [[nodiscard]] result<std::string> call(std::string_view tail,
                                         std::string_view body);

  /// The same for one that is answered by a stream.
  /// @param on_part gets the body of each message but the last.
  /// @return the body of the last.
  [[nodiscard]] result<std::string>
  call_for_stream(std::string_view tail, std::string_view body,
                  const std::function<result<void>(std::string_view)>& on_part);

  /// Where the connection was lost, what is asked next waits for another one,
  /// as long as it may take; otherwise it fails at once.
  void wait_for_servers() noexcept {
    waits_for_servers_ = true;
  }

  /// A stream is given up when `is_interrupted`, which is asked several times a
  /// second, says so.
  void set_interruption(std::function<bool()> is_interrupted) {
    is_interrupted_ = std::move(is_interrupted);
  }

private:
  client(std::unique_ptr<connection_watch> watch,
         std::unique_ptr<messaging::connection> connection, std::string prefix,
         std::chrono::milliseconds patience);

  /// Whether there is a server to ask.
  [[nodiscard]] result<void> check_connection() const;
  [[nodiscard]] result<messaging::owned_message>
  next_of(messaging::reply_stream& stream, const std::string& subject,
          std::uint64_t ends) const;

  // The connection tells it until it is gone.
  std::unique_ptr<connection_watch> watch_;
  std::unique_ptr<messaging::connection> connection_;
  std::string prefix_;
  std::chrono::milliseconds patience_;
  std::function<bool()> is_interrupted_;
  bool waits_for_servers_ = false;
};

/// The address where clients find the server: nats.url, or else where the
/// embedded nats-server listens.
[[nodiscard]] result<std::string>
server_url(const config::nats_settings& settings);

/// Whether a reply is an error, by its headers (NATS ADR-32).
[[nodiscard]] bool is_error(const messaging::owned_message& reply);

/// The stream whose acknowledgement `body` is, which JetStream sends for each
/// message that a stream takes, also to who waits for the reply of a service;
/// empty: it is none.
[[nodiscard]] std::string acknowledging_stream(std::string_view body);

} // namespace sluice::cli
