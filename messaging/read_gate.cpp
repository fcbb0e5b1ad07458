#include "messaging/read_gate.hpp"

#include <nats/nats.h>

#include <algorithm>

namespace sluice::messaging {

namespace {

/// How many wait at most to be delivered, though more is allowed: the longer
/// that queue, the later each request is, those for quiet databases too, and
/// what does not fit waits where it came from. See ADR 0015.
constexpr auto ready_messages_max = std::uint64_t{8'192};
/// What waits for the socket, from which on it reads less. The library moves
/// all of it to the front each time that the socket has taken a part.
constexpr auto unsent_bytes_max = std::uint64_t{1} << 20u;
/// How often then. At most 128 KiB each time (connection_options.cpp).
constexpr auto drip_interval = std::chrono::milliseconds{10};
/// For how long messages gather while some are refused.
constexpr auto gather_time = std::chrono::milliseconds{1};

std::uint64_t positive(int x) noexcept {
  return static_cast<std::uint64_t>(std::max(x, 0));
}

} // namespace

read_gate::read_gate(const config::nats_settings& settings) noexcept
    : waiting_max_{std::min<std::uint64_t>(settings.pending_messages_max,
                                           ready_messages_max),
                   settings.pending_bytes_max} {}

void read_gate::watch(nats_subscription& which, arrival_times& arrivals) {
  const auto guard = std::lock_guard{mutex_};
  watched_.push_back({&which, &arrivals});
}

void read_gate::forget(nats_subscription& which) noexcept {
  const auto guard = std::lock_guard{mutex_};
  std::erase_if(watched_,
                [&which](const watched& each) { return each.which == &which; });
}

read_gate::amount read_gate::waiting(arrival_times::time_point since) noexcept {
  const auto guard = std::lock_guard{mutex_};
  auto sum = amount{};
  for (const auto& [which, arrivals] : watched_) {
    auto messages = 0;
    auto bytes = 0;
    // It fails for one that is closed, which has nothing waiting.
    if (natsSubscription_GetPending(which, &messages, &bytes) != NATS_OK)
      continue;
    arrivals->note_read(positive(messages), since);
    sum.messages += positive(messages);
    sum.bytes += positive(bytes);
  }
  return sum;
}

bool read_gate::delivers(const amount& now) const noexcept {
  const auto part = has_backlog() ? 2u : 1u;
  const auto messages_max
      = std::max<std::uint64_t>(waiting_max_.messages / part, 1);
  const auto bytes_max = std::max<std::uint64_t>(waiting_max_.bytes / part, 1);
  return now.messages < messages_max && now.bytes < bytes_max;
}

std::chrono::microseconds read_gate::take_pause() noexcept {
  using std::chrono::microseconds;
  return is_gathering_.exchange(false, std::memory_order_relaxed)
             ? microseconds{gather_time}
             : microseconds{0};
}

bool read_gate::is_open(nats_connection& from,
                        arrival_times::time_point since) noexcept {
  const auto is_delivering = delivers(waiting(since));
  is_delivering_.store(is_delivering, std::memory_order_relaxed);
  if (!is_delivering)
    return false;
  if (positive(natsConnection_Buffered(&from)) < unsent_bytes_max)
    return true;
  const auto now = clock::now();
  if (now - opened_ < drip_interval)
    return false;
  opened_ = now;
  return true;
}

} // namespace sluice::messaging
