#include "actors/way_in.hpp"

#include "actors/time_until.hpp"

namespace sluice::actors {

way_in::way_in(messaging::connection& by, nats_reply_sink& shared,
               service_counters& counters)
    : connection_{by}, sink_{by}, both_{shared},
      replies_{both_, sink_, counters} {
  both_.add(sink_);
}

codec::result<void> way_in::open(const ingress_options& options,
                                 const way_in_requests& which) {
  const auto& shared = options.context;
  for (auto i = std::size_t{0}; i < which.subscriptions; ++i) {
    auto& in = in_.emplace_back(ingress_options{
        .context = {shared.settings, shared.directory, shared.server_name,
                    replies_, shared.databases, shared.queue, shared.results,
                    shared.accounts, shared.running},
        .streams = options.streams,
        .admitted = options.admitted,
        .identity = options.identity,
        .catalog = options.catalog,
        .prefix = which.prefix,
        .diversions = options.diversions});
    auto made = connection_.subscribe(which.subject,
                                      shared.settings.nats.queue_group, in);
    if (!made)
      return codec::fail(codec::error_code::unavailable,
                         "cannot subscribe to " + which.subject + ": "
                             + made.error().message);
    subscriptions_.push_back(std::move(*made));
  }
  return {};
}

bool way_in::drain(std::chrono::steady_clock::time_point until) noexcept {
  auto is_clean = true;
  for (auto& each : subscriptions_)
    is_clean = each->drain(time_until(until)) && is_clean;
  return is_clean;
}

void way_in::stop_admission() noexcept {
  for (auto& each : in_)
    each.stop_admission();
}

void way_in::close() noexcept {
  subscriptions_.clear();
  in_.clear();
}

std::uint64_t way_in::received() const noexcept {
  auto sum = std::uint64_t{0};
  for (const auto& each : in_)
    sum += each.received();
  return sum;
}

} // namespace sluice::actors
