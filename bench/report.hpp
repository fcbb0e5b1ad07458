#pragma once

#include "bench/figures.hpp"
#include "bench/machine.hpp"

namespace sluice::bench {

/// Under which conditions figures were measured.
struct run_facts {
  machine where;
  std::string server;     ///< How it came to be served.
  std::string durability; ///< What an acknowledged write survives.
  double seconds = 0;     ///< Per load and round.
  std::uint32_t rounds = 0;
};

/// A table for people.
[[nodiscard]] std::string report_text(const run_facts& facts,
                                      const std::vector<figure>& figures);

/// The same, and each round, for programs.
[[nodiscard]] std::string report_json(const run_facts& facts,
                                      const std::vector<figure>& figures);

} // namespace sluice::bench
