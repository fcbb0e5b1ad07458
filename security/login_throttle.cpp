#include "security/login_throttle.hpp"

#include <algorithm>

namespace sluice::security {

namespace {

constexpr auto first_delay = std::chrono::milliseconds{250};

} // namespace

login_throttle::login_throttle(const throttle_rules& rules)
    : rules_{rules}, known_{rules.entries_max} {
  // nop
}

/// What its failures are counted under.
throttle_key login_throttle::account_key(const attempt& who) const {
  return who.is_known ? known_key(who)
                      : keys_.make("email", who.database, who.email);
}

throttle_key login_throttle::known_key(const attempt& who) const {
  const auto account = keys_.make("account", who.database, who.email);
  return keys_.make(
      "known", {reinterpret_cast<const char*>(account.data()), account.size()},
      who.source);
}

throttle_key login_throttle::source_key(const attempt& who) const {
  return keys_.make("source", who.source, {});
}

std::optional<std::chrono::seconds>
login_throttle::wait_of(const throttle_key& id, std::uint32_t failures_max,
                        clock::time_point now) {
  const auto found = by_key_.find(id);
  if (found == by_key_.end())
    return std::nullopt;
  const auto& known = *found->second;
  const auto until = known.last + rules_.lockout;
  if (now >= until) {
    forget(id);
    return std::nullopt;
  }
  if (known.failures < failures_max)
    return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(until - now);
}

void login_throttle::count(const throttle_key& id, clock::time_point now) {
  const auto found = by_key_.find(id);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    if (entries_.size() >= rules_.entries_max) {
      by_key_.erase(entries_.back().id);
      entries_.pop_back();
    }
    entries_.push_front({.id = id, .failures = 0, .last = now});
    by_key_.emplace(id, entries_.begin());
  }
  ++entries_.front().failures;
  entries_.front().last = now;
}

void login_throttle::take_back(const throttle_key& id) {
  const auto found = by_key_.find(id);
  if (found == by_key_.end())
    return;
  if (--found->second->failures == 0)
    forget(id);
}

void login_throttle::forget(const throttle_key& id) {
  const auto found = by_key_.find(id);
  if (found == by_key_.end())
    return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

bool login_throttle::knows(const attempt& who) const {
  if (who.source.empty())
    return false;
  const auto key = known_key(who);
  const auto guard = std::lock_guard{mutex_};
  return known_.contains(key);
}

std::optional<std::chrono::seconds>
login_throttle::begin(const attempt& who, clock::time_point now) {
  const auto account = account_key(who);
  const auto source = source_key(who);
  const auto guard = std::lock_guard{mutex_};
  if (auto wait = wait_of(account, rules_.failures_max, now))
    return wait;
  if (!who.source.empty()) {
    if (auto wait = wait_of(source, rules_.source_failures_max, now))
      return wait;
    count(source, now);
  }
  count(account, now);
  return std::nullopt;
}

void login_throttle::succeed(const attempt& who) {
  const auto account = account_key(who);
  const auto known = known_key(who);
  const auto source = source_key(who);
  const auto guard = std::lock_guard{mutex_};
  forget(account);
  if (who.source.empty())
    return;
  known_.add(known);
  // Not forgotten: or who has one account could try all others for ever.
  take_back(source);
}

void login_throttle::cancel(const attempt& who) {
  const auto account = account_key(who);
  const auto source = source_key(who);
  const auto guard = std::lock_guard{mutex_};
  take_back(account);
  if (!who.source.empty())
    take_back(source);
}

std::chrono::milliseconds login_throttle::fail(const attempt& who,
                                               clock::time_point now) {
  const auto account = account_key(who);
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_key_.find(account);
  if (found == by_key_.end())
    return std::chrono::milliseconds{0};
  auto& known = *found->second;
  known.last = std::max(known.last, now);
  if (known.failures <= rules_.slowed_after)
    return std::chrono::milliseconds{0};
  auto delay = first_delay;
  for (auto i = rules_.slowed_after + 1;
       i < known.failures && delay < rules_.delay_max; ++i)
    delay *= 2;
  return std::min(delay, rules_.delay_max);
}

std::size_t login_throttle::size() const {
  const auto guard = std::lock_guard{mutex_};
  return entries_.size();
}

} // namespace sluice::security
