#pragma once

#include "bench/blog_database.hpp"
#include "bench/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

struct services_options {
  /// Path of the program `sluice`.
  std::string program;
  std::string durability = "full";
  /// Folder in which the data's folder is made.
  std::string folder = ".";
  double seconds = 5;
  std::uint32_t rounds = 1;
  std::uint32_t in_flight = 256;
  blog_size size;
  /// Further options of `sluice serve`.
  std::vector<std::string> serve_options;
  bool is_json = false;
};

/// `sluice-bench services`: measures requests of services beside the same
/// statements through `db.query`, and how long searches take.
[[nodiscard]] result<exit_code> run(const services_options& options);

} // namespace sluice::bench
