#pragma once

#include "bench/machine.hpp"
#include "bench/sqlite_baseline.hpp"

#include <vector>

namespace sluice::bench {

struct sqlite_row {
  std::string what;
  unsigned threads = 1;
  sqlite_figure measured;
};

struct sqlite_facts {
  machine where;
  std::string sqlite_version;
  std::string file_system;
  double seconds = 0;
};

/// A table for people.
[[nodiscard]] std::string report_text(const sqlite_facts& facts,
                                      const std::vector<sqlite_row>& rows);

/// The same for programs.
[[nodiscard]] std::string report_json(const sqlite_facts& facts,
                                      const std::vector<sqlite_row>& rows);

} // namespace sluice::bench
