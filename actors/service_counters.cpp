#include "actors/service_counters.hpp"

namespace sluice::actors {

namespace {

std::uint64_t nanoseconds(service_counters::clock::duration x) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(x).count());
}

} // namespace

void service_counters::count_success(services::endpoint_id endpoint,
                                     clock::duration processing) noexcept {
  // A subject that no endpoint serves.
  if (endpoint == services::endpoint_id::none)
    return;
  auto& counted = cells_[static_cast<std::size_t>(endpoint)];
  counted.requests.fetch_add(1, std::memory_order_relaxed);
  counted.processing_ns.fetch_add(nanoseconds(processing),
                                  std::memory_order_relaxed);
}

void service_counters::count_failure(services::endpoint_id endpoint,
                                     clock::duration processing,
                                     codec::error_code code) noexcept {
  if (endpoint == services::endpoint_id::none)
    return;
  const auto index = static_cast<std::size_t>(endpoint);
  count_success(endpoint, processing);
  cells_[index].errors.fetch_add(1, std::memory_order_relaxed);
  cells_[index].last_error.store(code, std::memory_order_relaxed);
}

void service_counters::count_commit(std::uint64_t writes) noexcept {
  commits_.fetch_add(1, std::memory_order_relaxed);
  writes_committed_.fetch_add(writes, std::memory_order_relaxed);
}

services::service_statistics service_counters::snapshot() const {
  auto result = services::service_statistics(cells_.size());
  for (auto i = std::size_t{0}; i < result.size(); ++i) {
    result[i].requests = cells_[i].requests.load(std::memory_order_relaxed);
    result[i].errors = cells_[i].errors.load(std::memory_order_relaxed);
    result[i].processing_ns
        = cells_[i].processing_ns.load(std::memory_order_relaxed);
    const auto code = cells_[i].last_error.load(std::memory_order_relaxed);
    if (code != codec::error_code::count_)
      result[i].last_error = codec::name(code);
  }
  return result;
}

} // namespace sluice::actors
