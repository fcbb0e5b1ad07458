#pragma once

#include <algorithm>
#include <cstdlib>

namespace sluice::tests {

/// How often the tests that kill the server do so: 20 times, or as often as
/// the environment variable SLUICE_KILL_ROUNDS says.
[[nodiscard]] inline int kill_rounds() {
  const auto* wanted = std::getenv("SLUICE_KILL_ROUNDS");
  return wanted == nullptr ? 20 : std::max(std::atoi(wanted), 1);
}

} // namespace sluice::tests
