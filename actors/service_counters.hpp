#pragma once

#include "codec/error.hpp"
#include "services/discovery.hpp"
#include "services/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice::actors {

/// Counts requests per endpoint, and commits. Any thread.
class service_counters {
public:
  using clock = std::chrono::steady_clock;

  void count_success(services::endpoint_id endpoint,
                     clock::duration processing) noexcept;
  void count_failure(services::endpoint_id endpoint, clock::duration processing,
                     codec::error_code code) noexcept;

  void count_commit(std::uint64_t writes) noexcept;
  [[nodiscard]] std::uint64_t commits() const noexcept {
    return commits_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t writes_committed() const noexcept {
    return writes_committed_.load(std::memory_order_relaxed);
  }

  /// A request that was not executed, for its reply subject is none that
  /// replies may be sent to.
  void count_refused_reply() noexcept {
    replies_refused_.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t replies_refused() const noexcept {
    return replies_refused_.load(std::memory_order_relaxed);
  }

  /// A copy for discovery and `stats`.
  [[nodiscard]] services::service_statistics snapshot() const;

private:
  struct cell {
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> errors = 0;
    std::atomic<std::uint64_t> processing_ns = 0;
    /// `count_`: none.
    std::atomic<codec::error_code> last_error = codec::error_code::count_;
  };
  std::vector<cell> cells_ = std::vector<cell>(services::endpoints().size());
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> writes_committed_ = 0;
  std::atomic<std::uint64_t> replies_refused_ = 0;
};

} // namespace sluice::actors
