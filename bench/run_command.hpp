#pragma once

#include "bench/outcome.hpp"
#include "bench/scenario.hpp"

#include <vector>

namespace sluice::bench {

struct run_options {
  /// Path of the program `sluice`.
  std::string program;
  /// Where a Sluice is served already; empty: start one.
  std::string nats_url;
  std::string prefix = "sluice";
  std::string durability = "full";
  /// Folder in which the data's folder is made.
  std::string folder = ".";
  double seconds = 5;
  std::vector<std::uint32_t> in_flight{1, 64, 1024};
  std::uint32_t rounds = 1;
  /// Highest number in flight at which each message is sent at once.
  std::uint32_t send_asap_max = 8;
  std::vector<scenario> scenarios;
  /// Further options of `sluice serve`.
  std::vector<std::string> serve_options;
  bool is_json = false;
};

/// `sluice-bench run`: measures, and prints the report.
/// @return errors if a request failed.
[[nodiscard]] result<exit_code> run(const run_options& options);

} // namespace sluice::bench
