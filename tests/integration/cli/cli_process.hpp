#pragma once

#include <string>
#include <vector>

namespace sluice::tests {

/// What a run of the program left behind.
struct cli_outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs the program `sluice` with pipes instead of a terminal.
/// @param input what it reads from standard input.
/// @param variables NAME=VALUE; nothing else of SLUICE_* is in its
///   environment.
[[nodiscard]] cli_outcome run_cli(const std::vector<std::string>& arguments,
                                  const std::string& input = {},
                                  const std::vector<std::string>& variables
                                  = {});

} // namespace sluice::tests
