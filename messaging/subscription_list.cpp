#include "messaging/subscription_list.hpp"

#include "messaging/subscription.hpp"

namespace sluice::messaging {

result<void> subscription_list::add(subscription::impl& what) {
  const auto guard = std::lock_guard{mutex_};
  if (present_)
    if (auto done = what.attach(present_);
        !done && done.error().what != failure::kind::disconnected)
      return done;
  all_.push_back(&what);
  return {};
}

void subscription_list::remove(subscription::impl& what) noexcept {
  const auto guard = std::lock_guard{mutex_};
  std::erase(all_, &what);
}

std::uint64_t
subscription_list::dropped(const subscription::impl& of) noexcept {
  const auto guard = std::lock_guard{mutex_};
  return of.dropped_before + (of.present ? of.present->dropped() : 0);
}

result<void> subscription_list::move_to(const std::shared_ptr<session>& to) {
  const auto guard = std::lock_guard{mutex_};
  present_ = to;
  auto result = messaging::result<void>{};
  for (auto* each : all_)
    if (auto done = each->attach(to); !done && result)
      result = std::move(done);
  return result;
}

void subscription_list::leave() noexcept {
  const auto guard = std::lock_guard{mutex_};
  present_.reset();
}

} // namespace sluice::messaging
