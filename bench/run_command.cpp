#include "bench/run_command.hpp"

#include "bench/bench_database.hpp"
#include "bench/echo_service.hpp"
#include "bench/report.hpp"
#include "bench/served_sluice.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>

namespace sluice::bench {

namespace {

/// One run: what it has started, and what it has measured. Members end in the
/// reverse of the order in which they are started.
class run_in_progress {
public:
  explicit run_in_progress(const run_options& options)
      : options_{options}, machine_{this_machine()} {}

  /// Starts all that the loads need.
  result<void> prepare();
  result<std::vector<figure>> measure();
  [[nodiscard]] run_facts facts() const;

private:
  [[nodiscard]] bool has(scenario which) const {
    return std::ranges::find(options_.scenarios, which)
           != options_.scenarios.end();
  }
  [[nodiscard]] bool is_sent_asap(std::uint32_t in_flight) const {
    return in_flight <= options_.send_asap_max;
  }
  [[nodiscard]] std::string echo_subject(bool send_asap) const {
    return echo_prefix_ + (send_asap ? ".at_once" : ".gathered");
  }

  result<void> start_server();
  result<void> start_echoes();
  [[nodiscard]] load load_of(scenario which, std::uint32_t in_flight) const;
  result<measurement> measure_one(scenario which, std::uint32_t in_flight,
                                  std::uint32_t round);
  result<void> check_written(scenario which, load_result& loaded);

  const run_options& options_;
  machine machine_;
  std::string url_;
  std::string echo_prefix_;
  std::optional<served_sluice> server_;
  std::vector<child_process> echoes_;
  std::unique_ptr<bench_database> database_;
};

void say_progress(const std::string& line) {
  // Progress goes beside the report; without a reader it matters to nobody.
  static_cast<void>(std::fprintf(stderr, "%s\n", line.c_str()));
}

/// The address without a user's name and password.
std::string public_part(const std::string& url) {
  const auto at = url.rfind('@');
  const auto scheme = url.find("://");
  if (at == std::string::npos || scheme == std::string::npos || at < scheme)
    return url;
  return url.substr(0, scheme + 3) + url.substr(at + 1);
}

double us(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

result<void> run_in_progress::start_server() {
  url_ = options_.nats_url;
  if (!url_.empty())
    return {};
  say_progress("starting " + options_.program);
  auto server = served_sluice::start({.program = options_.program,
                                      .durability = options_.durability,
                                      .folder = options_.folder,
                                      .options = options_.serve_options});
  if (!server)
    return fail(server.error());
  url_ = server->nats_url();
  server_.emplace(std::move(*server));
  return {};
}

result<void> run_in_progress::start_echoes() {
  if (!has(scenario::echo))
    return {};
  auto device = std::random_device{};
  echo_prefix_ = fmt::format("bench_echo_{:08x}", device());
  for (const auto send_asap : {true, false}) {
    const auto is_wanted = [this, send_asap](std::uint32_t in_flight) {
      return is_sent_asap(in_flight) == send_asap;
    };
    if (std::ranges::none_of(options_.in_flight, is_wanted))
      continue;
    auto echo = start_echo_service({.url = url_,
                                    .subject = echo_subject(send_asap),
                                    .send_asap = send_asap});
    if (!echo)
      return fail(echo.error());
    echoes_.push_back(std::move(*echo));
  }
  return {};
}

result<void> run_in_progress::prepare() {
  if (const auto started = start_server(); !started)
    return started;
  // Processes are started before the first connection makes threads.
  if (const auto started = start_echoes(); !started)
    return started;
  const auto needs_database
      = std::ranges::any_of(options_.scenarios, [](scenario which) {
          return which != scenario::echo;
        });
  if (!needs_database)
    return {};
  say_progress("filling the table");
  auto database = bench_database::create(url_, options_.prefix);
  if (!database)
    return fail(database.error());
  database_ = std::make_unique<bench_database>(std::move(*database));
  return {};
}

load run_in_progress::load_of(scenario which, std::uint32_t in_flight) const {
  const auto send_asap = is_sent_asap(in_flight);
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{options_.seconds});
  return {.url = url_,
          .subjects = {which == scenario::echo ? echo_subject(send_asap)
                                               : database_->query_subject()},
          .text = requests_of(which, in_flight),
          .good_reply = good_reply_of(which),
          .in_flight = in_flight,
          .send_asap = send_asap,
          .warm_up = duration / 10,
          .duration = duration};
}

result<void> run_in_progress::check_written(scenario which,
                                            load_result& loaded) {
  const auto found = database_->count_written();
  if (!found)
    return fail(found.error());
  const auto acknowledged = loaded.good * rows_written_by(which);
  // What failed may have been written or not, so it blurs the upper bound.
  const auto is_lost = *found < acknowledged;
  const auto is_too_much = loaded.errors == 0 && *found > acknowledged;
  if (!is_lost && !is_too_much)
    return {};
  if (loaded.errors++ == 0)
    loaded.first_error = fmt::format("{} rows were acknowledged, {} are there",
                                     acknowledged, *found);
  return {};
}

result<measurement> run_in_progress::measure_one(scenario which,
                                                 std::uint32_t in_flight,
                                                 std::uint32_t round) {
  const auto rows = rows_written_by(which);
  if (rows > 0)
    if (const auto emptied = database_->empty_written(); !emptied)
      return fail(emptied.error());
  auto loaded = run_load(load_of(which, in_flight));
  if (!loaded)
    return fail(loaded.error());
  if (rows > 0)
    if (const auto checked = check_written(which, *loaded); !checked)
      return fail(checked.error());
  const auto& latencies = loaded->latencies;
  const auto per_second
      = static_cast<double>(latencies.count()) / options_.seconds;
  return measurement{.what = which,
                     .in_flight = in_flight,
                     .round = round,
                     .requests_per_second = per_second,
                     .rows_per_second = per_second * rows,
                     .p50_us = us(latencies.quantile(0.5)),
                     .p99_us = us(latencies.quantile(0.99)),
                     .maximum_us = us(latencies.maximum()),
                     .errors = loaded->errors,
                     .first_error = loaded->first_error};
}

result<std::vector<figure>> run_in_progress::measure() {
  auto measurements = std::vector<measurement>{};
  for (auto round = 1u; round <= options_.rounds; ++round)
    for (const auto in_flight : options_.in_flight)
      for (const auto which : options_.scenarios) {
        say_progress(fmt::format("round {} of {}, {} in flight: {}", round,
                                 options_.rounds, in_flight, name_of(which)));
        auto measured = measure_one(which, in_flight, round);
        if (!measured)
          return fail(fmt::format("{}: {}", name_of(which), measured.error()));
        measurements.push_back(std::move(*measured));
      }
  return summarise(std::move(measurements));
}

run_facts run_in_progress::facts() const {
  auto result = run_facts{};
  result.where = machine_;
  result.seconds = options_.seconds;
  result.rounds = options_.rounds;
  if (server_) {
    result.server = options_.program + " and its nats-server, of this run";
    result.durability = fmt::format("{}, on {}", options_.durability,
                                    file_system_of(options_.folder));
  } else {
    result.server = "served before this run at " + public_part(url_);
    result.durability = "as that server is set";
  }
  return result;
}

} // namespace

result<exit_code> run(const run_options& options) {
  auto progress = run_in_progress{options};
  if (const auto prepared = progress.prepare(); !prepared)
    return fail(prepared.error());
  const auto figures = progress.measure();
  if (!figures)
    return fail(figures.error());
  const auto facts = progress.facts();
  const auto text = options.is_json ? report_json(facts, *figures)
                                    : report_text(facts, *figures);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write the report");
  return errors_in(*figures) > 0 ? exit_code::errors : exit_code::ok;
}

} // namespace sluice::bench
