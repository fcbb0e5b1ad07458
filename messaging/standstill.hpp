#pragma once

#include <chrono>

namespace sluice::messaging {

/// Tells a thread that looks at something at least every `interval` how long it
/// has not: the process was stopped, the machine slept, or others had all the
/// processors. What it finds then may have been there all that time.
class standstill {
public:
  static constexpr auto interval = std::chrono::milliseconds{500};

  /// Call it when it has looked, not when it was woken without.
  /// @param now by a clock that goes on while the machine sleeps.
  /// @return zero, or for how long nothing was looked at.
  [[nodiscard]] std::chrono::nanoseconds
  look(std::chrono::nanoseconds now) noexcept {
    const auto gap = now - last_;
    const auto is_first = last_ == std::chrono::nanoseconds{0};
    last_ = now;
    return is_first || gap < noticed_min ? std::chrono::nanoseconds{0} : gap;
  }

private:
  /// A thread that is only a little late has missed nothing.
  static constexpr auto noticed_min = 3 * interval;

  std::chrono::nanoseconds last_{0};
};

} // namespace sluice::messaging
