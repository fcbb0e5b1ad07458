#pragma once

#include "cli/failure.hpp"

namespace sluice::cli {

/// One subcommand. It adds itself to the command line when it is made, and
/// lives until it has run.
class command {
public:
  command() = default;
  virtual ~command() = default;
  command(const command&) = delete;
  command& operator=(const command&) = delete;

  /// Whether the command line that was parsed names this command.
  [[nodiscard]] virtual bool is_chosen() const = 0;

  /// Does it.
  /// @return the exit status where the command has something to say by it
  ///   that is no failure to be explained.
  [[nodiscard]] virtual result<exit_code> run() = 0;
};

} // namespace sluice::cli
