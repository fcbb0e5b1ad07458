#pragma once

#include "config/settings.hpp"
#include "messaging/arrival_times.hpp"
#include "messaging/nats_handle.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sluice::messaging {

/// Decides whether a connection reads on: not while too much of what it has
/// read waits to be delivered. What is not read waits at the server, which
/// slows down those who send (TCP, and nats-server's stall of fast producers);
/// the library by itself would drop it, and a request would have no answer.
/// Once closed, it opens when half of that is gone.
///
/// While too much of what is to be sent waits for the socket, it opens only now
/// and then. It must not stay closed: there are clients that do not read while
/// they cannot write (nats.c is one), so each would wait for the next, in a
/// ring.
///
/// While requests are refused it reads at intervals of a millisecond. Each
/// refusal costs less when many are given in a row, and who serves is
/// interrupted less often. See ADR 0015.
class read_gate {
public:
  explicit read_gate(const config::nats_settings& settings) noexcept;

  /// Counts what waits for a subscription, and notes when it is read, until
  /// `forget`. Any thread.
  void watch(nats_subscription& which, arrival_times& arrivals);
  void forget(nats_subscription& which) noexcept;

  /// The next read is to be a moment later, with what has come until then. Any
  /// thread.
  void gather() noexcept {
    is_gathering_.store(true, std::memory_order_relaxed);
  }
  /// How long to wait before the next read, once for each `gather`. One thread.
  [[nodiscard]] std::chrono::microseconds take_pause() noexcept;

  /// Whether too much of what was read waits to be delivered, when it was last
  /// looked at. Any thread.
  [[nodiscard]] bool has_backlog() const noexcept {
    return !is_delivering_.load(std::memory_order_relaxed);
  }

  /// Whether to read now. One thread.
  /// @param since nothing that is found has come before it.
  [[nodiscard]] bool is_open(nats_connection& from,
                             arrival_times::time_point since) noexcept;

private:
  using clock = std::chrono::steady_clock;
  struct amount {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] amount waiting(arrival_times::time_point since) noexcept;
  [[nodiscard]] bool delivers(const amount& now) const noexcept;

  amount waiting_max_;
  /// Not too much waits to be delivered.
  std::atomic<bool> is_delivering_ = true;
  clock::time_point opened_;
  std::atomic<bool> is_gathering_ = false;
  std::mutex mutex_;
  struct watched {
    nats_subscription* which;
    arrival_times* arrivals;
  };
  std::vector<watched> watched_;
};

} // namespace sluice::messaging
