#include "messaging/unsent_bytes.hpp"

#include <nats/nats.h>

namespace sluice::messaging {

bool unsent_bytes::exceeds(nats_connection& connection,
                           std::size_t bound) noexcept {
  if (estimate() <= bound)
    return false;
  const auto guard = std::lock_guard{asking_};
  // What is published meanwhile stays counted.
  const auto counted = published_.load(std::memory_order_relaxed);
  known_.store(buffered_bytes(connection), std::memory_order_relaxed);
  published_.fetch_sub(counted, std::memory_order_relaxed);
  return estimate() > bound
         && natsConnection_Status(&connection) == NATS_CONN_STATUS_CONNECTED;
}

std::size_t buffered_bytes(nats_connection& connection) noexcept {
  const auto bytes = natsConnection_Buffered(&connection);
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

} // namespace sluice::messaging
