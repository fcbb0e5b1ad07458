#pragma once

#include "bench/outcome.hpp"

/// SIGHUP, SIGINT and SIGTERM end a measurement in an orderly way: they stay
/// pending until someone asks, so that every destructor runs, which ends the
/// children and removes the files.
namespace sluice::bench {

/// Holds the signals back from now on. Call it before any other thread exists.
[[nodiscard]] result<void> hold_interruptions();

/// Whether one of the signals has come.
[[nodiscard]] bool is_interrupted();

/// Waits for one of the signals.
[[nodiscard]] result<void> wait_for_interruption();

/// Undoes hold_interruptions; for a child before it becomes another program.
/// Safe between fork and exec.
[[nodiscard]] bool release_interruptions() noexcept;

} // namespace sluice::bench
