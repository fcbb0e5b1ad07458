#pragma once

#include "bench/scenario.hpp"

#include <vector>

namespace sluice::bench {

/// What one load came to.
struct measurement {
  scenario what = scenario::echo;
  std::uint32_t in_flight = 0;
  std::uint32_t round = 0;
  double requests_per_second = 0;
  /// Requests per second as a share of those of the echo service in the same
  /// round; 0 if that was not measured.
  double of_echo = 0;
  /// 0 where nothing is written.
  double rows_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double maximum_us = 0;
  std::uint64_t errors = 0;
  std::string first_error;
};

/// All rounds of one load, and what they come to: the medians, but the highest
/// maximum, all errors, and the first error of all.
struct figure {
  measurement summary;
  std::vector<measurement> rounds;
};

/// Compares with echo, and gathers the rounds of each load.
[[nodiscard]] std::vector<figure>
summarise(std::vector<measurement> measurements);

[[nodiscard]] std::uint64_t errors_in(const std::vector<figure>& figures);

} // namespace sluice::bench
