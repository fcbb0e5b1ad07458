#pragma once

#include "bench/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

struct databases_options {
  /// Path of the program `sluice`.
  std::string program;
  std::string durability = "full";
  /// Folder in which the data's folder is made.
  std::string folder = ".";
  double seconds = 3;
  std::uint32_t rounds = 1;
  /// Requests in flight, in all.
  std::uint32_t in_flight = 1024;
  /// Over how many databases the same load is spread.
  std::vector<std::uint32_t> counts{1, 10, 40, 100, 300, 1000};
  /// Further options of `sluice serve`.
  std::vector<std::string> serve_options;
  bool is_json = false;
};

/// `sluice-bench databases`: measures, and prints the report.
/// @return errors if a request failed.
[[nodiscard]] result<exit_code> run(const databases_options& options);

} // namespace sluice::bench
