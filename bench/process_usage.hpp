#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::bench {

/// What a process has used, as /proc tells. Zero where it tells nothing.
struct process_usage {
  /// Memory that is resident now.
  std::uint64_t resident_bytes = 0;
  /// Processor time of all its threads since it began.
  std::chrono::nanoseconds cpu{};
};

[[nodiscard]] process_usage usage_of(int process);

/// A child of a process, if it has one: the nats-server of a Sluice.
[[nodiscard]] std::optional<int> child_of(int process);

} // namespace sluice::bench
