#include "bench/overload_run.hpp"

#include "bench/echo_service.hpp"
#include "bench/interruption.hpp"
#include "bench/load.hpp"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// How often the memory is looked at.
constexpr auto memory_interval = 20ms;
/// How long after its deadline a request's reply may still be on its way.
constexpr auto reply_patience = 3s;
/// Requests per second of each kind to the quiet database.
constexpr auto quiet_rate = 100.0;
constexpr auto hot_times = 10.0;
/// Of the partitions that Sluice makes by default, these are in different ones.
constexpr auto hot_name = "bench-hot";
constexpr auto quiet_name = "bench-quiet";
/// Above this rate messages are better gathered than sent at once.
constexpr auto send_asap_rate_max = 2'000.0;

void say(const std::string& line) {
  // Progress goes beside the report; without a reader it matters to nobody.
  static_cast<void>(std::fprintf(stderr, "%s\n", line.c_str()));
}

double ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

double mb(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1u << 20u);
}

latency_figures figures_of(const latency_histogram& latencies) {
  return {.p50_ms = ms(latencies.quantile(0.5)),
          .p99_ms = ms(latencies.quantile(0.99)),
          .maximum_ms = ms(latencies.maximum())};
}

offer_counts counts_of(const offer_result& offered) {
  return {.sent = offered.sent,
          .served = offered.served,
          .refused = offered.refused,
          .timed_out = offered.timed_out,
          .failed = offered.failed,
          .lost = offered.lost,
          .surplus = offered.surplus};
}

overload_measurement measurement_of(const offer_result& offered,
                                    const resource_figures& used) {
  auto result = overload_measurement{};
  result.offered_per_second = offered.sent_per_second;
  result.served_per_second = offered.served_per_second;
  result.counts = counts_of(offered);
  result.served = figures_of(offered.served_latencies);
  result.refused = figures_of(offered.refused_latencies);
  result.resources = used;
  result.first_failure = offered.first_failure;
  return result;
}

/// Processor time of three processes.
struct cpu_times {
  std::chrono::nanoseconds sluice{};
  std::chrono::nanoseconds nats_server{};
  std::chrono::nanoseconds bench{};
};

cpu_times cpu_times_of(int sluice, std::optional<int> nats_server) {
  return {.sluice = usage_of(sluice).cpu,
          .nats_server = nats_server ? usage_of(*nats_server).cpu : 0ns,
          .bench = usage_of(::getpid()).cpu};
}

void set_cpu(resource_figures& used, const cpu_times& before,
             const cpu_times& after, std::chrono::nanoseconds passed) {
  const auto share = [passed](std::chrono::nanoseconds time) {
    return std::chrono::duration<double>{time}
           / std::chrono::duration<double>{passed};
  };
  used.cpu_sluice = share(after.sluice - before.sluice);
  used.cpu_nats_server = share(after.nats_server - before.nats_server);
  used.cpu_bench = share(after.bench - before.bench);
}

} // namespace

overload_run::overload_run(const overload_options& options)
    : options_{options},
      duration_{std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::duration<double>{options.seconds})} {}

result<void> overload_run::start_server() {
  say("starting " + options_.program);
  if (options_.is_apart) {
    auto split = processor_split::enter();
    if (!split)
      return fail(split.error());
    split_.emplace(std::move(*split));
  }
  auto serve_options = options_.serve_options;
  serve_options.insert(
      serve_options.begin(),
      {"--limits-timeout-ms-default", std::to_string(options_.timeout_ms)});
  auto server = served_sluice::start({.program = options_.program,
                                      .durability = options_.durability,
                                      .folder = options_.folder,
                                      .options = std::move(serve_options)});
  if (!server)
    return fail(server.error());
  server_ = std::make_unique<served_sluice>(std::move(*server));
  nats_server_ = child_of(server_->process());
  return split_ ? split_->move_server(server_->process()) : result<void>{};
}

result<void> overload_run::prepare() {
  if (const auto started = start_server(); !started)
    return started;
  const auto& url = server_->nats_url();
  if (options_.is_hot) {
    // Processes are started before the first connection makes threads.
    auto device = std::random_device{};
    echo_subject_ = fmt::format("bench_echo_{:08x}", device());
    auto echo = start_echo_service(
        {.url = url, .subject = echo_subject_, .send_asap = true});
    if (!echo)
      return fail(echo.error());
    echo_.emplace(std::move(*echo));
  }
  say("filling the tables");
  for (const auto& [to, name] : {std::pair{&database_, hot_name},
                                 std::pair{&quiet_database_, quiet_name}}) {
    if (to == &quiet_database_ && !options_.is_hot)
      continue;
    auto database = bench_database::create(url, "sluice", name);
    if (!database)
      return fail(database.error());
    *to = std::make_unique<bench_database>(std::move(*database));
  }
  return {};
}

result<double> overload_run::measure_peak(scenario what) {
  if (const auto emptied = database_->empty_written(); !emptied)
    return fail(emptied.error());
  const auto loaded = run_load({.url = server_->nats_url(),
                                .subjects = {database_->query_subject()},
                                .text = requests_of(what, 1),
                                .good_reply = good_reply_of(what),
                                .in_flight = options_.in_flight,
                                .send_asap = false,
                                .warm_up = duration_ / 5,
                                .duration = duration_});
  if (!loaded)
    return fail(loaded.error());
  if (loaded->errors > 0)
    return fail("in a closed loop: " + loaded->first_error);
  return static_cast<double>(loaded->latencies.count()) / options_.seconds;
}

result<overload_run::stream>
overload_run::open_stream(const std::string& subject, scenario what,
                          double rate) const {
  const auto send_asap = rate <= send_asap_rate_max;
  auto sending = connect(server_->nats_url(), send_asap);
  if (!sending)
    return fail(sending.error());
  auto receiving = connect(server_->nats_url(), false);
  if (!receiving)
    return fail(receiving.error());
  return stream{.what = std::string{name_of(what)},
                .loop = std::make_unique<open_loop>(
                    offer{.url = server_->nats_url(),
                          .subject = subject,
                          .text = requests_of(what, 2),
                          .good_reply = good_reply_of(what),
                          .rate = rate,
                          .send_asap = send_asap,
                          .warm_up = duration_ / 5,
                          .duration = duration_},
                    std::move(*sending), std::move(*receiving))};
}

void overload_run::sample(resource_figures& used) const {
  used.rss_after_mb = mb(usage_of(server_->process()).resident_bytes);
  used.rss_max_mb = std::max(used.rss_max_mb, used.rss_after_mb);
}

result<resource_figures>
overload_run::run_streams(std::span<stream> streams) const {
  auto used = resource_figures{};
  used.rss_before_mb = mb(usage_of(server_->process()).resident_bytes);
  const auto before = cpu_times_of(server_->process(), nats_server_);
  const auto begin = clock::now();
  for (auto& each : streams)
    if (const auto started = each.loop->start(); !started)
      return fail(started.error());
  while (!std::ranges::all_of(
      streams, [](const stream& each) { return each.loop->is_sent(); })) {
    if (is_interrupted())
      return fail("interrupted");
    std::this_thread::sleep_for(memory_interval);
    sample(used);
  }
  set_cpu(used, before, cpu_times_of(server_->process(), nats_server_),
          clock::now() - begin);
  if (const auto waited = wait_for_replies(streams, used); !waited)
    return fail(waited.error());
  return used;
}

result<void> overload_run::wait_for_replies(std::span<stream> streams,
                                            resource_figures& used) const {
  const auto deadline = clock::now()
                        + std::chrono::milliseconds{options_.timeout_ms}
                        + reply_patience;
  const auto is_drained = [](const stream& each) {
    return each.loop->is_drained();
  };
  while (clock::now() < deadline && !std::ranges::all_of(streams, is_drained)) {
    if (is_interrupted())
      return fail("interrupted");
    for (const auto& each : streams)
      if (each.loop->is_disconnected())
        return fail("the connection to NATS is lost");
    std::this_thread::sleep_for(memory_interval);
    sample(used);
  }
  return {};
}

result<overload_measurement>
overload_run::measure_offer(scenario what, double times, double peak) {
  say(fmt::format("{} at {}x of {:.0f}/s", name_of(what), times, peak));
  if (const auto emptied = database_->empty_written(); !emptied)
    return fail(emptied.error());
  auto offered = open_stream(database_->query_subject(), what, times * peak);
  if (!offered)
    return fail(offered.error());
  const auto used = run_streams({&*offered, 1});
  if (!used)
    return fail(used.error());
  auto result = measurement_of(offered->loop->stop(), *used);
  result.what = what;
  result.times = times;
  result.peak_per_second = peak;
  return result;
}

result<std::vector<overload_run::stream>>
overload_run::open_quiet_streams() const {
  auto streams = std::vector<stream>{};
  for (const auto what :
       {scenario::echo, scenario::point_select, scenario::insert}) {
    const auto subject = what == scenario::echo
                             ? echo_subject_
                             : quiet_database_->query_subject();
    auto opened = open_stream(subject, what, quiet_rate);
    if (!opened)
      return fail(opened.error());
    streams.push_back(std::move(*opened));
  }
  return streams;
}

result<hot_measurement> overload_run::measure_hot(std::optional<scenario> hot) {
  for (auto* const each : {&database_, &quiet_database_})
    if (const auto emptied = (*each)->empty_written(); !emptied)
      return fail(emptied.error());
  auto peak = 0.0;
  if (hot) {
    say(fmt::format("peak of {}", name_of(*hot)));
    const auto measured = measure_peak(*hot);
    if (!measured)
      return fail(measured.error());
    peak = *measured;
  }
  say(fmt::format("a quiet database {}{}", hot ? "beside 10x of " : "alone",
                  hot ? name_of(*hot) : ""));
  auto streams = open_quiet_streams();
  if (!streams)
    return fail(streams.error());
  const auto quiet_count = streams->size();
  if (hot) {
    auto opened
        = open_stream(database_->query_subject(), *hot, hot_times * peak);
    if (!opened)
      return fail(opened.error());
    streams->push_back(std::move(*opened));
  }
  const auto used = run_streams(*streams);
  if (!used)
    return fail(used.error());
  auto result = hot_measurement{};
  if (hot) {
    result.hot = measurement_of(streams->back().loop->stop(), *used);
    result.hot.what = *hot;
    result.hot.times = hot_times;
    result.hot.peak_per_second = peak;
  }
  for (auto& each : std::span{*streams}.first(quiet_count)) {
    const auto offered = each.loop->stop();
    result.quiet.push_back({.what = each.what,
                            .counts = counts_of(offered),
                            .served = figures_of(offered.served_latencies),
                            .first_failure = offered.first_failure});
  }
  return result;
}

result<overload_figures> overload_run::measure() {
  auto figures = overload_figures{};
  for (const auto what : options_.kinds) {
    say(fmt::format("peak of {}", name_of(what)));
    const auto peak = measure_peak(what);
    if (!peak)
      return fail(fmt::format("{}: {}", name_of(what), peak.error()));
    for (const auto times : options_.times) {
      auto measured = measure_offer(what, times, *peak);
      if (!measured)
        return fail(fmt::format("{}: {}", name_of(what), measured.error()));
      figures.offers.push_back(std::move(*measured));
    }
  }
  if (!options_.is_hot)
    return figures;
  auto floods = std::vector<std::optional<scenario>>{std::nullopt};
  floods.insert(floods.end(), overload_scenarios.begin(),
                overload_scenarios.end());
  for (const auto& hot : floods) {
    auto measured = measure_hot(hot);
    if (!measured)
      return fail("hot: " + measured.error());
    figures.hot.push_back(std::move(*measured));
  }
  return figures;
}

} // namespace sluice::bench
