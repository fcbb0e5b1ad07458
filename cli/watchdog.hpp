#pragma once

#include <chrono>
#include <memory>

namespace sluice::cli {

/// Ends the process with status 1 if its end takes too long, or if somebody
/// insists on it (`termination_signals::wait_for_insistence`). What was
/// acknowledged is on disk.
class watchdog {
public:
  /// Makes its thread and its timer, of which there may be none left when they
  /// are needed. The signals must be blocked already.
  /// @throw std::system_error if there can be no thread.
  watchdog();
  /// Disarms it.
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// From now on the end may take so long. Only the first call counts.
  void arm(std::chrono::milliseconds patience) noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::cli
