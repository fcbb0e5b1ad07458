#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "security/recent_keys.hpp"
#include "security/throttle_key.hpp"

namespace sluice::security {

/// When failed logins are slowed and refused.
struct throttle_rules {
  /// From so many failures in a row on, a refusal is held back.
  std::uint32_t slowed_after = 3;
  std::chrono::milliseconds delay_max{4'000};
  /// From so many on, attempts are refused.
  std::uint32_t failures_max = 10;
  /// The same for a source, behind which many may be.
  std::uint32_t source_failures_max = 100;
  /// For so long after the last failure; then all is forgotten.
  std::chrono::seconds lockout{300};
  std::size_t entries_max = 10'000;
};

/// Counts failed logins by e-mail address, and by source where one is known
/// (docs/adr/0026).
///
/// An attempt counts as failed from its beginning until it turns out to be
/// right: those that are made at once are not free. Who fails too often is
/// refused without a look at the password. Only hashes are kept, with a key of
/// this process, the least recently used go. Any thread.
///
/// A source from which an address was logged in to has a count of its own for
/// that address, so nobody else can keep its owner out.
class login_throttle {
public:
  using clock = std::chrono::steady_clock;

  explicit login_throttle(const throttle_rules& rules);

  /// Who tries, and whom.
  struct attempt {
    std::string_view database;
    std::string_view email;
    /// Empty: not known.
    std::string_view source;
    /// What `knows` said before `begin`.
    bool is_known = false;
  };

  /// Whether a right password came from this source for this address before.
  [[nodiscard]] bool knows(const attempt& who) const;

  /// An attempt begins.
  /// @return how long to wait, if it must not.
  [[nodiscard]] std::optional<std::chrono::seconds>
  begin(const attempt& who, clock::time_point now);

  /// It was right: the failures that it was counted with are forgotten, and its
  /// source is known from now on.
  void succeed(const attempt& who);

  /// It was never looked at: it does not count.
  void cancel(const attempt& who);

  /// It was wrong.
  /// @return for how long to hold the answer back.
  [[nodiscard]] std::chrono::milliseconds fail(const attempt& who,
                                               clock::time_point now);

  [[nodiscard]] std::size_t size() const;

private:
  struct entry {
    throttle_key id{};
    std::uint32_t failures = 0;
    clock::time_point last;
  };
  using entry_list = std::list<entry>;

  [[nodiscard]] throttle_key account_key(const attempt& who) const;
  [[nodiscard]] throttle_key known_key(const attempt& who) const;
  [[nodiscard]] throttle_key source_key(const attempt& who) const;
  // Under the lock:
  [[nodiscard]] std::optional<std::chrono::seconds>
  wait_of(const throttle_key& id, std::uint32_t failures_max,
          clock::time_point now);
  void count(const throttle_key& id, clock::time_point now);
  void take_back(const throttle_key& id);
  void forget(const throttle_key& id);

  throttle_rules rules_;
  throttle_keys keys_;
  mutable std::mutex mutex_;
  /// Most recently used first.
  entry_list entries_;
  std::unordered_map<throttle_key, entry_list::iterator, throttle_key_hash>
      by_key_;
  recent_keys known_;
};

} // namespace sluice::security
