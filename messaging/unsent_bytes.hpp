#pragma once

#include "messaging/nats_handle.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>

namespace sluice::messaging {

/// Keeps an eye on the buffer of a connection whose server does not read: the
/// library lets it grow to 2 GiB, and then breaks a message in two.
///
/// To ask the library takes the lock that every message needs. So this counts
/// what is published, and asks only when that could be too much: once for as
/// many bytes as the bound has. Any thread.
class unsent_bytes {
public:
  /// @param bytes_max what may wait, see `nats.unsent_bytes_max`.
  explicit unsent_bytes(std::size_t bytes_max) noexcept
      : bytes_max_{bytes_max} {}

  /// Counts a message that was given to the library.
  void add(std::size_t bytes) noexcept {
    published_.fetch_add(bytes, std::memory_order_relaxed);
  }

  /// Whether more waits than may; without a connection never, for then the
  /// library keeps another buffer, with a bound of its own.
  [[nodiscard]] bool is_too_much(nats_connection& connection) noexcept {
    return exceeds(connection, bytes_max_);
  }
  /// Whether nothing more can be taken: twice as much.
  [[nodiscard]] bool is_full(nats_connection& connection) noexcept {
    return exceeds(connection, 2 * bytes_max_);
  }

private:
  [[nodiscard]] bool exceeds(nats_connection& connection,
                             std::size_t bound) noexcept;
  [[nodiscard]] std::size_t estimate() const noexcept {
    return known_.load(std::memory_order_relaxed)
           + published_.load(std::memory_order_relaxed);
  }

  std::size_t bytes_max_;
  /// What the library said, and what was published since then.
  std::atomic<std::size_t> known_ = 0;
  std::atomic<std::size_t> published_ = 0;
  std::mutex asking_;
};

/// Bytes in the library's buffer.
[[nodiscard]] std::size_t buffered_bytes(nats_connection& connection) noexcept;

} // namespace sluice::messaging
