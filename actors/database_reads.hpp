#pragma once

#include "actors/job.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace sluice::actors {

/// What the read queue keeps of one database, under its lock.
struct database_reads {
  static constexpr auto no_slot = std::numeric_limits<std::size_t>::max();

  std::vector<job_ptr> waiting;
  /// The first one of them that was not taken.
  std::size_t head = 0;
  /// Reads that run: in the pool, and on threads of their own.
  std::uint32_t in_pool = 0;
  std::uint32_t long_running = 0;
  std::uint32_t stalled = 0;
  /// The reader whose cache has it.
  std::size_t slot = no_slot;
  /// Reads that its turn has had so far, and when it began.
  std::uint32_t turn_reads = 0;
  std::chrono::steady_clock::time_point turn_began;
  /// It has had a long read, so it is thought to have more until then.
  std::chrono::steady_clock::time_point suspected_until;

  [[nodiscard]] bool is_empty() const noexcept {
    return head == waiting.size();
  }
};

} // namespace sluice::actors
