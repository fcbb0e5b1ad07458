#include "bench/overload_command.hpp"

#include "bench/machine.hpp"
#include "bench/overload_report.hpp"
#include "bench/overload_run.hpp"

#include <spdlog/fmt/fmt.h>

#include <cstdio>

namespace sluice::bench {

namespace {

std::string words(const std::optional<processor_split>& split) {
  if (!split)
    return "shared by all";
  return fmt::format("{} for Sluice, {} for nats-server and the load",
                     split->count_for_server(), split->count_for_load());
}

overload_facts facts_of(const overload_options& options, const machine& where,
                        const std::optional<processor_split>& split) {
  return {.where = where,
          .server = options.program + " and its nats-server, of this run",
          .durability = fmt::format("{}, on {}", options.durability,
                                    file_system_of(options.folder)),
          .processors = words(split),
          .seconds = options.seconds,
          .rounds = options.rounds,
          .timeout_ms = options.timeout_ms};
}

} // namespace

result<exit_code> run(const overload_options& options) {
  const auto where = this_machine();
  auto progress = overload_run{options};
  if (const auto prepared = progress.prepare(); !prepared)
    return fail(prepared.error());
  auto rounds = std::vector<overload_figures>{};
  for (auto round = 1u; round <= options.rounds; ++round) {
    auto figures = progress.measure();
    if (!figures)
      return fail(figures.error());
    rounds.push_back(std::move(*figures));
  }
  const auto figures = summarise(rounds);
  const auto facts = facts_of(options, where, progress.split());
  const auto text = options.is_json ? report_json(facts, figures, rounds)
                                    : report_text(facts, figures);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write the report");
  return errors_in(figures) > 0 ? exit_code::errors : exit_code::ok;
}

} // namespace sluice::bench
