#pragma once

#include "messaging/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace sluice::messaging {

/// A request that is answered by several messages, and those messages, in the
/// order in which they come. When this object is gone, nobody listens to them
/// any more. Belongs to one thread.
class reply_stream : public message_handler {
public:
  /// Sends the request. Each message that `next` gives and that wants an answer
  /// gets an empty one, so that who sends them can wait for whoever is slow.
  /// @param connection outlives this.
  [[nodiscard]] static result<std::unique_ptr<reply_stream>>
  request(connection& connection, const std::string& subject,
          std::string_view payload, std::span<const header> headers);

  /// Waits for the next message.
  /// @return `timeout` if none comes, `no_responders` if nobody serves the
  ///   subject, `other` if messages were lost because they were read too
  ///   slowly.
  [[nodiscard]] result<owned_message> next(std::chrono::milliseconds patience);

  void on_message(const inbound_message& message) noexcept override;

private:
  explicit reply_stream(connection& connection) : connection_{connection} {
    // nop
  }
  void keep(const inbound_message& message);

  std::mutex mutex_;
  std::condition_variable arrived_;
  struct kept_message {
    owned_message message;
    std::string reply_to;
  };

  connection& connection_;
  std::deque<kept_message> messages_;
  std::size_t bytes_ = 0;
  bool has_lost_some_ = false;
  // Its callbacks must have ended before what they use goes.
  std::unique_ptr<subscription> subscription_;
};

} // namespace sluice::messaging
