#include "bench/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::bench {

std::size_t latency_histogram::bucket_of(std::uint64_t value) noexcept {
  if (value < steps)
    return static_cast<std::size_t>(value);
  // The first bits of the value name its bucket; `shift` says how many follow.
  const auto shift = std::bit_width(value) - steps_log2 - 1;
  return static_cast<std::size_t>(shift) * steps
         + static_cast<std::size_t>(value >> shift);
}

std::uint64_t latency_histogram::end_of(std::size_t bucket) noexcept {
  if (bucket < 2 * steps)
    return bucket;
  const auto shift = bucket / steps - 1;
  const auto first_bits = std::uint64_t{bucket % steps + steps};
  return ((first_bits + 1) << shift) - 1;
}

void latency_histogram::record(std::chrono::nanoseconds latency) noexcept {
  const auto value
      = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  ++counts_[bucket_of(value)];
  ++count_;
  maximum_ = std::max(maximum_, value);
}

std::chrono::nanoseconds
latency_histogram::quantile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(
      std::ceil(share * static_cast<double>(count_)));
  auto seen = std::uint64_t{0};
  for (auto bucket = std::size_t{0}; bucket < buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0)
      return std::chrono::nanoseconds{
          static_cast<std::int64_t>(std::min(end_of(bucket), maximum_))};
  }
  return {};
}

std::chrono::nanoseconds latency_histogram::maximum() const noexcept {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(maximum_)};
}

} // namespace sluice::bench
