#pragma once

#include <chrono>
#include <memory>

namespace sluice::cli {

/// SIGINT and SIGTERM as something to wait for. Made on the main thread before
/// any other exists, so that all threads have the signals blocked.
class termination_signals {
public:
  termination_signals();

  /// Waits for one of the signals, or for `raise`.
  void wait() const;

  /// The same for a bounded time.
  /// @return whether a signal came.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds patience) const;

  /// Makes `wait` return, from any thread.
  static void raise() noexcept;

  /// From now on a signal ends the process at once: someone is impatient.
  void end_process_on_next() const;
};

/// Ends the process if it is not disarmed in time: something that must end
/// does not. What was acknowledged is on disk.
class watchdog {
public:
  explicit watchdog(std::chrono::milliseconds patience);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::cli
