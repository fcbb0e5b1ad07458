#include "security/recent_keys.hpp"

namespace sluice::security {

void recent_keys::add(const throttle_key& key) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    keys_.splice(keys_.begin(), keys_, found->second);
    return;
  }
  if (keys_.size() >= keys_max_) {
    if (keys_.empty())
      return;
    by_key_.erase(keys_.back());
    keys_.pop_back();
  }
  keys_.push_front(key);
  by_key_.emplace(key, keys_.begin());
}

} // namespace sluice::security
