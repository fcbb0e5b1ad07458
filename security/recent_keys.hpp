#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

#include "security/throttle_key.hpp"

namespace sluice::security {

/// A set of keys with a bound: the least recently added one goes. One thread.
class recent_keys {
public:
  explicit recent_keys(std::size_t keys_max) noexcept : keys_max_{keys_max} {
    // nop
  }

  /// Adds the key, or makes it the most recent one.
  void add(const throttle_key& key);

  [[nodiscard]] bool contains(const throttle_key& key) const {
    return by_key_.contains(key);
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return by_key_.size();
  }

private:
  using key_list = std::list<throttle_key>;

  std::size_t keys_max_;
  /// Most recently added first.
  key_list keys_;
  std::unordered_map<throttle_key, key_list::iterator, throttle_key_hash>
      by_key_;
};

} // namespace sluice::security
