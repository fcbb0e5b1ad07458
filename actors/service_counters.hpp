#pragma once

#include "services/discovery.hpp"
#include "services/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::actors {

/// Counts requests per endpoint, and commits. Any thread.
class service_counters {
public:
  using clock = std::chrono::steady_clock;

  void count_success(services::endpoint_id endpoint,
                     clock::duration processing) noexcept;
  void count_failure(services::endpoint_id endpoint, clock::duration processing,
                     const std::string& what);

  void count_commit(std::uint64_t writes) noexcept;
  [[nodiscard]] std::uint64_t commits() const noexcept {
    return commits_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t writes_committed() const noexcept {
    return writes_committed_.load(std::memory_order_relaxed);
  }

  /// A copy for discovery and `stats`.
  [[nodiscard]] services::service_statistics snapshot() const;

private:
  struct cell {
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> errors = 0;
    std::atomic<std::uint64_t> processing_ns = 0;
  };
  std::vector<cell> cells_ = std::vector<cell>(services::endpoints().size());
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> writes_committed_ = 0;
  mutable std::mutex last_errors_mutex_;
  std::vector<std::string> last_errors_
      = std::vector<std::string>(services::endpoints().size());
};

} // namespace sluice::actors
