#pragma once

#include "config/settings.hpp"
#include "messaging/nats_handle.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sluice::messaging {

/// Decides whether a connection reads on: not while too much of what it has
/// read waits to be delivered, nor while too much of what it has to send waits
/// for the socket. What is not read waits at the server, which slows down
/// those who send (TCP, and nats-server's stall of fast producers); the
/// library by itself would drop it, and a request would have no answer.
///
/// Once closed, it opens when half of that is gone.
class read_gate {
public:
  explicit read_gate(const config::nats_settings& settings) noexcept;

  /// Counts what waits for a subscription, until `forget`. Any thread.
  void watch(nats_subscription& which);
  void forget(nats_subscription& which) noexcept;

  /// Whether to read now. One thread.
  [[nodiscard]] bool is_open(nats_connection& from) noexcept;

private:
  struct amount {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] amount waiting() noexcept;

  amount waiting_max_;
  bool is_open_ = true;
  std::mutex mutex_;
  std::vector<nats_subscription*> watched_;
};

} // namespace sluice::messaging
