#include "security/source_quota.hpp"

#include <algorithm>

namespace sluice::security {

namespace {

constexpr auto kind = std::string_view{"source"};

} // namespace

source_quota::source_quota(const quota_rules& rules)
    : rules_{rules}, interval_{clock::duration{rules.window}
                               / std::max(rules.uses_max, std::uint32_t{1})} {
  // nop
}

source_quota::entry& source_quota::find_or_add(const throttle_key& id,
                                               clock::time_point now) {
  const auto found = by_key_.find(id);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front();
  }
  if (entries_.size() >= rules_.sources_max) {
    by_key_.erase(entries_.back().id);
    entries_.pop_back();
  }
  entries_.push_front({.id = id, .free_at = now});
  by_key_.emplace(id, entries_.begin());
  return entries_.front();
}

std::optional<std::chrono::seconds> source_quota::use(std::string_view source,
                                                      clock::time_point now) {
  const auto id = keys_.make(kind, source, {});
  const auto guard = std::lock_guard{mutex_};
  auto& known = find_or_add(id, now);
  const auto free_at = std::max(known.free_at, now) + interval_;
  const auto wait = free_at - now - interval_ * rules_.uses_max;
  if (wait > clock::duration::zero())
    return std::chrono::ceil<std::chrono::seconds>(wait);
  known.free_at = free_at;
  return std::nullopt;
}

void source_quota::give_back(std::string_view source) {
  const auto id = keys_.make(kind, source, {});
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_key_.find(id);
  if (found != by_key_.end())
    found->second->free_at -= interval_;
}

std::size_t source_quota::size() const {
  const auto guard = std::lock_guard{mutex_};
  return entries_.size();
}

} // namespace sluice::security
