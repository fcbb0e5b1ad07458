#pragma once

#include <chrono>

namespace sluice::storage {

/// The time since 1970, as the system's clock had it when this process first
/// asked, and from then on by a clock that nobody sets. So what is kept for a
/// while is kept that long, whatever becomes of the system's clock.
struct process_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<process_clock>;
  static constexpr bool is_steady = true;

  /// Any thread.
  [[nodiscard]] static time_point now() noexcept;
};

} // namespace sluice::storage
