#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::actors {

/// What is left of a patience; never nothing, which would mean no bound.
[[nodiscard]] inline std::chrono::milliseconds
time_until(std::chrono::steady_clock::time_point until) noexcept {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                      until - std::chrono::steady_clock::now()),
                  std::chrono::milliseconds{1});
}

} // namespace sluice::actors
