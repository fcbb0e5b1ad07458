#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace sluice::actors {

/// Lets reads that have run for long compute in turns, so that not all cores
/// are theirs, and leave the core for a moment now and then: the kernel has a
/// thread of any niceness keep a core for some milliseconds where another one
/// wakes up (docs/adr/0035). Any thread.
class core_turns {
public:
  using clock = std::chrono::steady_clock;

  /// How long one computes while others wait for their turn.
  static constexpr auto turn = std::chrono::milliseconds{10};
  /// One that was not heard of for so long waits for something else, or hangs:
  /// its turn goes to another one.
  static constexpr auto absence = std::chrono::milliseconds{100};
  /// How often one that computes leaves the core, and for how long at least.
  static constexpr auto pause_interval = std::chrono::microseconds{500};
  static constexpr auto pause = std::chrono::microseconds{1};

  /// @param at_once how many compute at one time.
  /// @param members_max beyond so many, further ones compute without a turn.
  core_turns(std::size_t at_once, std::size_t members_max);

  /// Called now and then by one that computes. Returns when it is its turn.
  /// @param who stands for the caller until it leaves.
  /// @param must_end asked each few milliseconds while it waits; where it
  ///   answers true, the caller is to end and waits no longer.
  void step(const void* who, const std::function<bool()>& must_end) noexcept;

  /// It computes no more.
  void leave(const void* who) noexcept;

private:
  struct seat {
    const void* who = nullptr;
    clock::time_point since = {};
    clock::time_point heard = {};
    clock::time_point paused = {};
  };
  [[nodiscard]] seat* seat_of(const void* who) noexcept;
  [[nodiscard]] bool sit_down(const void* who) noexcept;
  void let_others_in(const void* who,
                     std::unique_lock<std::mutex>& guard) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<seat> seats_;
  /// First come, first served. Never grows beyond what was reserved.
  std::vector<const void*> waiting_;
};

} // namespace sluice::actors
