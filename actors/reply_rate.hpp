#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace sluice::actors {

/// Tells whether those who share it get more bytes of replies than a client
/// that reads nothing could be sent without harm: a NATS server stops reading
/// from whoever sends to such a client (ADR 0045). Any thread.
///
/// It is a leaky bucket, kept as the time at which it will be empty. Threads
/// that count at the same time may count once: it decides by which connection a
/// reply goes, and nothing else.
class reply_rate {
public:
  using clock = std::chrono::steady_clock;

  /// What may be sent at once, and what may be sent each second for ever.
  static constexpr auto burst_bytes = std::size_t{512} << 10u;
  static constexpr auto bytes_per_second = std::size_t{256} << 10u;

  /// Counts a reply.
  /// @return whether they are more than a few.
  bool count(std::size_t bytes, clock::time_point now) noexcept {
    const auto at = now.time_since_epoch();
    const auto empty_at
        = std::max(empty_at_.load(std::memory_order_relaxed), at)
          + time_for(bytes);
    // However much it was, what is over is forgotten after a second.
    empty_at_.store(std::min(empty_at, at + time_for(burst_bytes) + memory),
                    std::memory_order_relaxed);
    return empty_at > at + time_for(burst_bytes);
  }

  /// What `count` would say of a reply without a body.
  [[nodiscard]] bool is_high(clock::time_point now) const noexcept {
    return empty_at_.load(std::memory_order_relaxed)
           > now.time_since_epoch() + time_for(burst_bytes);
  }

private:
  static constexpr auto memory = clock::duration{std::chrono::seconds{1}};

  static constexpr clock::duration time_for(std::size_t bytes) noexcept {
    constexpr auto ns_per_byte = std::size_t{1'000'000'000} / bytes_per_second;
    return std::chrono::nanoseconds{bytes * ns_per_byte};
  }

  std::atomic<clock::duration> empty_at_ = clock::duration::zero();
};

} // namespace sluice::actors
