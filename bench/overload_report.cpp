#include "bench/overload_report.hpp"

#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {

namespace {

using cells = std::vector<std::string>;

std::string ratio_words(double value, double of) {
  return of > 0 ? fmt::format("{:.2f}", value / of) : std::string{"-"};
}

std::string load_words(const overload_measurement& one) {
  return fmt::format("{}x", one.times);
}

void add(cells& row, const latency_figures& latencies, std::uint64_t count) {
  for (const auto value :
       {latencies.p50_ms, latencies.p99_ms, latencies.maximum_ms})
    row.push_back(count == 0 ? "-" : figure_words(value));
}

std::string heading(const overload_facts& facts) {
  const auto rounds = facts.rounds == 1
                          ? std::string{"1 round"}
                          : fmt::format("medians of {} rounds (counts: sums, "
                                        "max: of all)",
                                        facts.rounds);
  return aligned(
      {{"machine", words(facts.where)},
       {"server", facts.server},
       {"durability", facts.durability},
       {"processors", facts.processors},
       {"measured", fmt::format("{} s each, {}, open loop, deadline "
                                "{} ms",
                                facts.seconds, rounds, facts.timeout_ms)}},
      2);
}

cells throughput_row(const overload_measurement& one) {
  const auto& counts = one.counts;
  return {std::string{name_of(one.what)},
          load_words(one),
          figure_words(one.peak_per_second),
          figure_words(one.offered_per_second),
          ratio_words(one.offered_per_second, one.peak_per_second),
          figure_words(one.served_per_second),
          ratio_words(one.served_per_second, one.peak_per_second),
          std::to_string(counts.sent),
          std::to_string(counts.served),
          std::to_string(counts.refused),
          std::to_string(counts.timed_out),
          std::to_string(counts.failed + counts.surplus),
          std::to_string(counts.lost)};
}

cells latency_row(const overload_measurement& one) {
  auto row = cells{std::string{name_of(one.what)}, load_words(one)};
  add(row, one.served, one.counts.served);
  add(row, one.refused, one.counts.refused);
  const auto& used = one.resources;
  for (const auto value :
       {used.rss_before_mb, used.rss_max_mb, used.rss_after_mb})
    row.push_back(fmt::format("{:.0f}", value));
  for (const auto value :
       {used.cpu_sluice, used.cpu_nats_server, used.cpu_bench})
    row.push_back(fmt::format("{:.2f}", value));
  return row;
}

std::string offer_tables(const std::vector<overload_measurement>& offers) {
  auto throughput = std::vector<cells>{
      {"what", "load", "peak/s", "offered/s", "of peak", "served/s", "of peak",
       "sent", "served", "refused", "timeouts", "errors", "lost"}};
  auto latencies = std::vector<cells>{
      {"what", "load", "served p50 ms", "p99 ms", "max ms", "refused p50 ms",
       "p99 ms", "max ms", "RSS MB before", "max", "after", "cpu sluice",
       "nats", "bench"}};
  for (const auto& one : offers) {
    throughput.push_back(throughput_row(one));
    latencies.push_back(latency_row(one));
  }
  return aligned(throughput, 2) + "\n" + aligned(latencies, 2);
}

std::string hot_table(const std::vector<hot_measurement>& all) {
  auto rows
      = std::vector<cells>{{"hot database", "quiet one", "hot offered of peak",
                            "hot served of peak", "sent", "served", "refused",
                            "errors", "lost", "p50 ms", "p99 ms", "max ms"}};
  for (const auto& one : all)
    for (const auto& quiet : one.quiet) {
      const auto& counts = quiet.counts;
      const auto is_alone = one.hot.counts.sent == 0;
      auto row = cells{
          is_alone ? std::string{"nothing"}
                   : std::string{name_of(one.hot.what)},
          quiet.what,
          ratio_words(one.hot.offered_per_second, one.hot.peak_per_second),
          ratio_words(one.hot.served_per_second, one.hot.peak_per_second),
          std::to_string(counts.sent),
          std::to_string(counts.served),
          std::to_string(counts.refused),
          std::to_string(counts.failed + counts.surplus + counts.timed_out),
          std::to_string(counts.lost)};
      add(row, quiet.served, counts.served);
      rows.push_back(std::move(row));
    }
  return aligned(rows, 2);
}

std::string first_failure_in(const overload_figures& figures) {
  for (const auto& one : figures.offers)
    if (!one.first_failure.empty())
      return one.first_failure;
  for (const auto& one : figures.hot) {
    if (!one.hot.first_failure.empty())
      return one.hot.first_failure;
    for (const auto& quiet : one.quiet)
      if (!quiet.first_failure.empty())
        return quiet.first_failure;
  }
  return {};
}

} // namespace

std::string report_text(const overload_facts& facts,
                        const overload_figures& figures) {
  auto text = heading(facts);
  if (!figures.offers.empty())
    text += "\n" + offer_tables(figures.offers);
  if (!figures.hot.empty())
    text += "\n" + hot_table(figures.hot);
  if (const auto failure = first_failure_in(figures); !failure.empty())
    text += fmt::format("\nthe first error:\n{}\n", failure);
  return text;
}

} // namespace sluice::bench
