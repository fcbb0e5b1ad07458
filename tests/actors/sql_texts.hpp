#pragma once

#include <chrono>
#include <string>

namespace sluice::tests {

/// A SELECT that counts to `steps`: some ten nanoseconds each.
inline std::string counting_sql(long steps) {
  return "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE "
         "i < "
         + std::to_string(steps) + ") SELECT max(i) FROM c";
}

/// Longer than any test waits.
inline std::string endless_sql() {
  return counting_sql(1'000'000'000'000);
}

inline std::chrono::steady_clock::time_point
in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

} // namespace sluice::tests
