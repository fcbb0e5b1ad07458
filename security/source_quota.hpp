#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "security/throttle_key.hpp"

namespace sluice::security {

/// How often a source may do something that is dear.
struct quota_rules {
  std::uint32_t uses_max = 60;
  std::chrono::seconds window{300};
  /// Sources that are known at once.
  std::size_t sources_max = 10'000;
};

/// Lets a source do something `uses_max` times at once, and from then on as
/// often as that in `window`, evenly (docs/adr/0026). Right or wrong makes no
/// difference: what it bounds costs the same. Only hashes of sources are kept,
/// one point of time for each; the least recently used go. Any thread.
class source_quota {
public:
  using clock = std::chrono::steady_clock;

  explicit source_quota(const quota_rules& rules);

  /// Counts one use.
  /// @return how long to wait, if it must not be: it is not counted then.
  [[nodiscard]] std::optional<std::chrono::seconds> use(std::string_view source,
                                                        clock::time_point now);

  /// It was not done: it does not count.
  void give_back(std::string_view source);

  [[nodiscard]] std::size_t size() const;

private:
  struct entry {
    throttle_key id{};
    /// When nothing of it is used any more: each use adds its share of the
    /// window.
    clock::time_point free_at;
  };
  using entry_list = std::list<entry>;

  [[nodiscard]] entry& find_or_add(const throttle_key& id,
                                   clock::time_point now);

  quota_rules rules_;
  /// The share of one use.
  clock::duration interval_;
  throttle_keys keys_;
  mutable std::mutex mutex_;
  /// Most recently used first.
  entry_list entries_;
  std::unordered_map<throttle_key, entry_list::iterator, throttle_key_hash>
      by_key_;
};

} // namespace sluice::security
