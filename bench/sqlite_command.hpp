#pragma once

#include "bench/outcome.hpp"

namespace sluice::bench {

struct sqlite_options {
  /// Folder in which the data's folder is made.
  std::string folder = ".";
  double seconds = 5;
  bool is_json = false;
};

/// `sluice-bench sqlite`: measures, and prints the report.
[[nodiscard]] result<exit_code> run(const sqlite_options& options);

} // namespace sluice::bench
