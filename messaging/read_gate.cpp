#include "messaging/read_gate.hpp"

#include <nats/nats.h>

#include <algorithm>

namespace sluice::messaging {

namespace {

/// Replies that the socket has not taken. As much as one admission's worth of
/// the largest may still be added to it.
constexpr auto unsent_bytes_max = std::uint64_t{32} << 20u;

std::uint64_t positive(int x) noexcept {
  return static_cast<std::uint64_t>(std::max(x, 0));
}

} // namespace

read_gate::read_gate(const config::nats_settings& settings) noexcept
    : waiting_max_{settings.pending_messages_max, settings.pending_bytes_max} {}

void read_gate::watch(nats_subscription& which) {
  const auto guard = std::lock_guard{mutex_};
  watched_.push_back(&which);
}

void read_gate::forget(nats_subscription& which) noexcept {
  const auto guard = std::lock_guard{mutex_};
  std::erase(watched_, &which);
}

read_gate::amount read_gate::waiting() noexcept {
  const auto guard = std::lock_guard{mutex_};
  auto sum = amount{};
  for (auto* each : watched_) {
    auto messages = 0;
    auto bytes = 0;
    // It fails for one that is closed, which has nothing waiting.
    if (natsSubscription_GetPending(each, &messages, &bytes) != NATS_OK)
      continue;
    sum.messages += positive(messages);
    sum.bytes += positive(bytes);
  }
  return sum;
}

bool read_gate::is_open(nats_connection& from) noexcept {
  const auto unsent = positive(natsConnection_Buffered(&from));
  const auto now = waiting();
  const auto part = is_open_ ? 1u : 2u;
  is_open_ = now.messages < std::max(waiting_max_.messages / part, 1ul)
             && now.bytes < std::max(waiting_max_.bytes / part, 1ul)
             && unsent < unsent_bytes_max / part;
  return is_open_;
}

} // namespace sluice::messaging
