#pragma once

#include "bench/machine.hpp"
#include "bench/overload_figures.hpp"

#include <string>
#include <vector>

namespace sluice::bench {

/// Under which conditions figures were measured.
struct overload_facts {
  machine where;
  std::string server;
  std::string durability;
  /// Who may use which of the processors.
  std::string processors;
  double seconds = 0;
  std::uint32_t rounds = 0;
  std::uint32_t timeout_ms = 0;
};

/// Tables for people.
[[nodiscard]] std::string report_text(const overload_facts& facts,
                                      const overload_figures& figures);

/// The same, and each round, for programs.
[[nodiscard]] std::string
report_json(const overload_facts& facts, const overload_figures& figures,
            const std::vector<overload_figures>& rounds);

} // namespace sluice::bench
