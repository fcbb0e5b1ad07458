#pragma once

#include <chrono>
#include <csignal>

namespace sluice::cli {

/// The signals that end `sluice serve` in order, as something to wait for:
/// SIGINT, SIGTERM, SIGQUIT, and SIGHUP unless it is ignored already (nohup).
/// SIGUSR1 and SIGUSR2 are ignored. Made on the main thread before any other
/// exists, so that all threads have the signals blocked.
class termination_signals {
public:
  termination_signals();

  /// Waits for one of the signals, or for `raise`.
  /// @return its number.
  int wait() const;

  /// The same for a bounded time.
  /// @return whether a signal came.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds patience) const;

  /// Makes `wait` return, from any thread.
  static void raise() noexcept;

  /// Waits for a signal by which somebody insists on the end: all but SIGHUP,
  /// of which a terminal that is closed sends several, and service managers
  /// one right behind SIGTERM.
  /// @return whether one came.
  [[nodiscard]] static bool
  wait_for_insistence(std::chrono::nanoseconds patience) noexcept;

private:
  sigset_t set_;
};

/// "SIGTERM"
[[nodiscard]] const char* name_of_signal(int number) noexcept;

} // namespace sluice::cli
