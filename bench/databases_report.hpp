#pragma once

#include "bench/report.hpp"

namespace sluice::bench {

/// What one load came to that was spread over some databases.
struct spread_figures {
  scenario what = scenario::echo;
  std::uint32_t databases = 0;
  double requests_per_second = 0;
  /// Requests per second as a share of those of the echo beside it.
  double of_echo = 0;
  /// As a share of those of one database in the same round; 0 if that was not
  /// measured.
  double of_one = 0;
  double p50_us = 0;
  double p99_us = 0;
  double maximum_us = 0;
  /// Processor time of Sluice for a request; 0 for the echo.
  double cpu_us = 0;
  double resident_mb = 0;
  std::uint64_t errors = 0;
  std::string first_error;
};

/// @param rounds all of one scenario and one number of databases.
[[nodiscard]] spread_figures
summary_of(const std::vector<spread_figures>& rounds);

[[nodiscard]] std::string
databases_report_text(const run_facts& facts, std::uint32_t in_flight,
                      const std::vector<spread_figures>& all);
[[nodiscard]] std::string
databases_report_json(const run_facts& facts, std::uint32_t in_flight,
                      const std::vector<spread_figures>& all);

} // namespace sluice::bench
