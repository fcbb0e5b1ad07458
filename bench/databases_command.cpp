#include "bench/databases_command.hpp"

#include "bench/databases_report.hpp"
#include "bench/echo_service.hpp"
#include "bench/process_usage.hpp"
#include "bench/served_sluice.hpp"
#include "bench/spread_databases.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

namespace sluice::bench {

namespace {

constexpr auto spread_echo_subject = "bench_echo_spread";
constexpr auto spread_scenarios
    = std::array{scenario::echo, scenario::point_select, scenario::insert};

void report_progress(const std::string& line) {
  static_cast<void>(std::fprintf(stderr, "%s\n", line.c_str()));
}

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

/// What one run has started. Members end in the reverse order.
class databases_run {
public:
  explicit databases_run(const databases_options& options)
      : options_{options}, machine_{this_machine()} {}

  [[nodiscard]] result<void> prepare();
  [[nodiscard]] result<std::vector<spread_figures>> measure();
  [[nodiscard]] run_facts facts() const;

private:
  [[nodiscard]] load load_of(scenario which, std::uint32_t databases) const;
  [[nodiscard]] result<spread_figures> measure_one(scenario which,
                                                   std::uint32_t databases);
  [[nodiscard]] result<load_result> put_load(scenario which,
                                             std::uint32_t databases);
  /// Measures each scenario with so many databases, compared with the echo
  /// beside it and with one database.
  [[nodiscard]] result<void> measure_count(std::uint32_t databases,
                                           std::vector<spread_figures>& into);

  const databases_options& options_;
  machine machine_;
  std::optional<served_sluice> server_;
  std::optional<child_process> echo_;
  std::optional<spread_databases> databases_;
};

result<void> databases_run::prepare() {
  report_progress("starting " + options_.program);
  auto server = served_sluice::start({.program = options_.program,
                                      .durability = options_.durability,
                                      .folder = options_.folder,
                                      .options = options_.serve_options});
  if (!server)
    return fail(server.error());
  server_.emplace(std::move(*server));
  // Processes are started before the first connection makes threads.
  auto echo = start_echo_service({.url = server_->nats_url(),
                                  .subject = spread_echo_subject,
                                  .send_asap = false});
  if (!echo)
    return fail(echo.error());
  echo_.emplace(std::move(*echo));
  const auto number = std::ranges::max(options_.counts);
  report_progress(fmt::format("filling {} databases", number));
  auto databases = spread_databases::create(server_->nats_url(), number);
  if (!databases)
    return fail(databases.error());
  databases_.emplace(std::move(*databases));
  return {};
}

// `prepare` has made both before any of these runs.
// NOLINTBEGIN(bugprone-unchecked-optional-access)
load databases_run::load_of(scenario which, std::uint32_t databases) const {
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{options_.seconds});
  return {.url = server_->nats_url(),
          .subjects = which == scenario::echo
                          ? std::vector<std::string>{spread_echo_subject}
                          : databases_->subjects(databases),
          .text = requests_of(which, databases, spread_databases::rows),
          .good_reply = good_reply_of(which),
          .in_flight = options_.in_flight,
          .send_asap = false,
          .warm_up = duration / 10,
          .duration = duration};
}

result<load_result> databases_run::put_load(scenario which,
                                            std::uint32_t databases) {
  if (rows_written_by(which) == 0)
    return run_load(load_of(which, databases));
  const auto before = databases_->count_written(databases);
  if (!before)
    return fail(before.error());
  auto loaded = run_load(load_of(which, databases));
  if (!loaded)
    return loaded;
  const auto after = databases_->count_written(databases);
  if (!after)
    return fail(after.error());
  const auto written = *after - *before;
  // What failed may have been written or not.
  if (written < loaded->good
      || (loaded->errors == 0 && written > loaded->good)) {
    if (loaded->errors++ == 0)
      loaded->first_error = fmt::format(
          "{} rows were acknowledged, {} are there", loaded->good, written);
  }
  return loaded;
}

result<spread_figures> databases_run::measure_one(scenario which,
                                                  std::uint32_t databases) {
  const auto before = usage_of(server_->process());
  const auto loaded = put_load(which, databases);
  if (!loaded)
    return fail(fmt::format("{}: {}", name_of(which), loaded.error()));
  const auto after = usage_of(server_->process());
  const auto answered = std::max<std::uint64_t>(loaded->good, 1);
  const auto& latencies = loaded->latencies;
  return spread_figures{
      .what = which,
      .databases = databases,
      .requests_per_second
      = static_cast<double>(latencies.count()) / options_.seconds,
      .p50_us = microseconds(latencies.quantile(0.5)),
      .p99_us = microseconds(latencies.quantile(0.99)),
      .maximum_us = microseconds(latencies.maximum()),
      .cpu_us
      = microseconds(after.cpu - before.cpu) / static_cast<double>(answered),
      .resident_mb = static_cast<double>(after.resident_bytes) / 1'000'000.0,
      .errors = loaded->errors,
      .first_error = loaded->first_error};
}
// NOLINTEND(bugprone-unchecked-optional-access)

result<void> databases_run::measure_count(std::uint32_t databases,
                                          std::vector<spread_figures>& into) {
  auto echo = 0.0;
  for (const auto which : spread_scenarios) {
    report_progress(fmt::format("{} databases: {}", databases, name_of(which)));
    auto measured = measure_one(which, databases);
    if (!measured)
      return fail(measured.error());
    const auto rate = measured->requests_per_second;
    if (which == scenario::echo)
      echo = rate;
    if (echo > 0)
      measured->of_echo = rate / echo;
    const auto one
        = std::ranges::find_if(into, [which](const spread_figures& other) {
            return other.what == which && other.databases == 1;
          });
    if (databases == 1)
      measured->of_one = 1;
    else if (one != into.end() && one->requests_per_second > 0)
      measured->of_one = rate / one->requests_per_second;
    into.push_back(std::move(*measured));
  }
  return {};
}

result<std::vector<spread_figures>> databases_run::measure() {
  auto of_each = std::map<std::pair<scenario, std::uint32_t>,
                          std::vector<spread_figures>>{};
  for (auto round = 1u; round <= options_.rounds; ++round) {
    report_progress(fmt::format("round {} of {}", round, options_.rounds));
    auto measured = std::vector<spread_figures>{};
    for (const auto databases : options_.counts)
      if (const auto done = measure_count(databases, measured); !done)
        return fail(done.error());
    for (auto& one : measured)
      of_each[{one.what, one.databases}].push_back(std::move(one));
  }
  // By scenario, then by number of databases: a curve each.
  auto summaries = std::vector<spread_figures>{};
  for (const auto& [key, rounds] : of_each)
    summaries.push_back(summary_of(rounds));
  return summaries;
}

run_facts databases_run::facts() const {
  return {.where = machine_,
          .server = options_.program + " and its nats-server, of this run",
          .durability = fmt::format("{}, on {}", options_.durability,
                                    file_system_of(options_.folder)),
          .seconds = options_.seconds,
          .rounds = options_.rounds};
}

} // namespace

result<exit_code> run(const databases_options& options) {
  auto progress = databases_run{options};
  if (const auto prepared = progress.prepare(); !prepared)
    return fail(prepared.error());
  const auto figures = progress.measure();
  if (!figures)
    return fail(figures.error());
  const auto facts = progress.facts();
  const auto text
      = options.is_json
            ? databases_report_json(facts, options.in_flight, *figures)
            : databases_report_text(facts, options.in_flight, *figures);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write the report");
  const auto has_errors = std::ranges::any_of(
      *figures, [](const spread_figures& one) { return one.errors > 0; });
  return has_errors ? exit_code::errors : exit_code::ok;
}

} // namespace sluice::bench
