#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::messaging {

/// How long to wait before a program that ended is started again: longer each
/// time, as long as it does not run well in between.
class restart_delay {
public:
  using milliseconds = std::chrono::milliseconds;

  /// @return what to wait before the next start.
  [[nodiscard]] milliseconds next() noexcept {
    const auto now = delay_;
    delay_ = std::min(delay_ * 2, longest);
    return now;
  }

  /// It has run for so long.
  void ran(std::chrono::steady_clock::duration time) noexcept {
    if (time >= well_started)
      delay_ = shortest;
  }

private:
  static constexpr auto shortest = milliseconds{100};
  static constexpr auto longest = milliseconds{5'000};
  /// A program that ran so long did start well.
  static constexpr auto well_started = milliseconds{10'000};

  milliseconds delay_ = shortest;
};

} // namespace sluice::messaging
