#include "actors/partition.hpp"

#include "services/partition.hpp"

namespace sluice::actors {

partition::partition(messaging::connection& by,
                     service_counters& counters) noexcept
    : connection_{by}, sink_{by}, replies_{sink_, counters} {
  // nop
}

codec::result<void> partition::start(const ingress_options& options,
                                     std::size_t number) {
  const auto& shared = options.context;
  const auto& nats = shared.settings.nats;
  in_.emplace(ingress_options{
      .context
      = {shared.settings, shared.directory, shared.server_name, replies_,
         shared.databases, shared.queue, shared.results, shared.accounts},
      .streams = options.streams,
      .admitted = options.admitted,
      .identity = options.identity,
      .catalog = options.catalog,
      .prefix = services::partition_prefix(nats.subject_prefix, number)});
  // All in one subscription, which has one thread.
  const auto subject = in_->prefix() + "db.>";
  auto made = connection_.subscribe(subject, nats.queue_group, *in_);
  if (!made)
    return codec::fail(codec::error_code::unavailable,
                       "cannot subscribe to " + subject + ": "
                           + made.error().message);
  subscription_ = std::move(*made);
  return {};
}

bool partition::drain(std::chrono::milliseconds timeout) noexcept {
  return !subscription_ || subscription_->drain(timeout);
}

void partition::stop_admission() noexcept {
  if (in_)
    in_->stop_admission();
}

void partition::end() noexcept {
  subscription_.reset();
  in_.reset();
}

} // namespace sluice::actors
