#include "actors/reply_sinks.hpp"

namespace sluice::actors {

void reply_sinks::publish(const char* subject, std::string_view body,
                          std::span<const messaging::header> headers) noexcept {
  first().publish(subject, body, headers);
}

bool reply_sinks::publish_part(const char* subject, std::string_view body,
                               std::span<const messaging::header> headers,
                               const requester_watch& watch) noexcept {
  return first().publish_part(subject, body, headers, watch);
}

std::unique_ptr<requester_watch> reply_sinks::watch() {
  return first().watch();
}

void reply_sinks::flush() noexcept {
  for (auto* each : all_)
    each->flush_if_needed();
}

std::size_t reply_sinks::body_bytes_max() const noexcept {
  return first().body_bytes_max();
}

sink_counters reply_sinks::counters() const noexcept {
  auto sum = sink_counters{};
  for (const auto* each : all_) {
    const auto part = each->counters();
    sum.bytes_unsent += part.bytes_unsent;
    sum.replies_dropped += part.replies_dropped;
    sum.refusals += part.refusals;
  }
  return sum;
}

bool reply_sinks::is_congested() noexcept {
  return first().is_congested();
}

} // namespace sluice::actors
