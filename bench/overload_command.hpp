#pragma once

#include "bench/outcome.hpp"
#include "bench/scenario.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

struct overload_options {
  /// Path of the program `sluice`.
  std::string program;
  std::string durability = "full";
  /// Folder in which the data's folder is made.
  std::string folder = ".";
  double seconds = 5;
  std::uint32_t rounds = 1;
  /// Requests in flight while the peak is measured.
  std::uint32_t in_flight = 1024;
  /// Loads, as multiples of the peak.
  std::vector<double> times{1, 3, 10};
  std::vector<scenario> kinds;
  /// Whether a hot database beside a quiet one is measured, too.
  bool is_hot = true;
  /// What the server gives a request; the last replies are awaited as long.
  std::uint32_t timeout_ms = 30'000;
  /// Further options of `sluice serve`.
  std::vector<std::string> serve_options;
  /// Sluice gets one half of the processors, all else the other.
  bool is_apart = false;
  bool is_json = false;
};

/// `sluice-bench overload`: measures, and prints the report.
/// @return errors if a request got no answer, or one that it should not.
[[nodiscard]] result<exit_code> run(const overload_options& options);

} // namespace sluice::bench
