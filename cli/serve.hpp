#pragma once

#include "config/loaded_settings.hpp"

namespace sluice::cli {

/// What `sluice serve` is told besides the settings.
struct serve_options {
  /// Print, once requests are served, what to try next (`./run` wants that).
  bool hints = false;
};

/// Serves until a signal that ends it (cli/signals.hpp), finishes what was
/// accepted, and returns the exit status of the process: 0 after an orderly
/// end. Failures to start are told on standard error.
///
/// Call it on the main thread before any other thread exists.
/// @param loaded tells by `is_explicit("nats.listen")` whether the embedded
///   nats-server may take the next free port.
[[nodiscard]] int serve(const config::loaded_settings& loaded,
                        const serve_options& options);

} // namespace sluice::cli
