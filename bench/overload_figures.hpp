#pragma once

#include "bench/scenario.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

struct latency_figures {
  double p50_ms = 0;
  double p99_ms = 0;
  double maximum_ms = 0;
};

/// How the requests of one offer ended.
struct offer_counts {
  std::uint64_t sent = 0;
  std::uint64_t served = 0;
  std::uint64_t refused = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t failed = 0;
  std::uint64_t lost = 0;
  std::uint64_t surplus = 0;
};

/// Memory of Sluice, and the processor time of each process in seconds per
/// second, while requests were sent.
struct resource_figures {
  double rss_before_mb = 0;
  double rss_max_mb = 0;
  double rss_after_mb = 0;
  double cpu_sluice = 0;
  double cpu_nats_server = 0;
  double cpu_bench = 0;
};

/// What one offer came to.
struct overload_measurement {
  scenario what = scenario::scan;
  /// The load that was wanted, as a multiple of the peak.
  double times = 0;
  /// Requests per second in a closed loop, just before.
  double peak_per_second = 0;
  double offered_per_second = 0;
  double served_per_second = 0;
  offer_counts counts;
  latency_figures served;
  latency_figures refused;
  resource_figures resources;
  std::string first_failure;
};

/// Requests of one kind to a quiet database, alone or beside a hot one.
struct quiet_measurement {
  std::string what;
  offer_counts counts;
  latency_figures served;
  std::string first_failure;
};

struct hot_measurement {
  /// What the hot database got; sent = 0 where there was none.
  overload_measurement hot;
  std::vector<quiet_measurement> quiet;
};

/// All that was measured.
struct overload_figures {
  std::vector<overload_measurement> offers;
  std::vector<hot_measurement> hot;
};

/// Medians over the rounds; of counts, and of what must not be, the sums; of
/// maxima the highest. Every round has measured the same.
[[nodiscard]] overload_figures
summarise(const std::vector<overload_figures>& rounds);

/// Requests that were answered wrongly, twice or not at all.
[[nodiscard]] std::uint64_t errors_in(const overload_figures& figures);

} // namespace sluice::bench
