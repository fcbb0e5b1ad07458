#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::bench {

/// Counts latencies in buckets whose width grows with the latency, so that
/// recording one costs no allocation and a quantile is off by less than 1 %.
class latency_histogram {
public:
  void record(std::chrono::nanoseconds latency) noexcept;

  /// @param share of latencies that are not above the result, 0…1.
  /// @return zero where there is none.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;
  /// Exact.
  [[nodiscard]] std::chrono::nanoseconds maximum() const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept {
    return count_;
  }

private:
  /// Each power of two has this many buckets, of equal width.
  static constexpr auto steps_log2 = 7;
  static constexpr auto steps = std::size_t{1} << steps_log2;
  static constexpr auto buckets = (64 - steps_log2 + 1) * steps;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept;
  [[nodiscard]] static std::uint64_t end_of(std::size_t bucket) noexcept;

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t maximum_ = 0;
};

} // namespace sluice::bench
