#include "bench/databases_report.hpp"

#include "bench/json_writer.hpp"
#include "bench/median.hpp"
#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace sluice::bench {

namespace {

std::string ratio_or_dash(double value) {
  return value > 0 ? fmt::format("{:.2f}", value) : std::string{"-"};
}

std::vector<std::string> table_row(const spread_figures& one) {
  const auto is_echo = one.what == scenario::echo;
  return {std::string{name_of(one.what)},
          std::to_string(one.databases),
          figure_words(one.requests_per_second),
          ratio_or_dash(one.of_echo),
          ratio_or_dash(one.of_one),
          figure_words(one.p50_us),
          figure_words(one.p99_us),
          figure_words(one.maximum_us),
          is_echo ? "-" : figure_words(one.cpu_us),
          is_echo ? "-" : figure_words(one.resident_mb),
          std::to_string(one.errors)};
}

std::string conditions(const run_facts& facts, std::uint32_t in_flight) {
  const auto rounds
      = facts.rounds == 1
            ? std::string{"1 round"}
            : fmt::format("medians of {} rounds (max: of all)", facts.rounds);
  return aligned(
      {{"machine", words(facts.where)},
       {"server", facts.server},
       {"durability", facts.durability},
       {"measured", fmt::format("{} s each, {}, one connection, closed loop, "
                                "{} in flight in all",
                                facts.seconds, rounds, in_flight)}},
      2);
}

} // namespace

spread_figures summary_of(const std::vector<spread_figures>& rounds) {
  auto result = rounds.front();
  for (auto member : {&spread_figures::requests_per_second,
                      &spread_figures::of_echo, &spread_figures::of_one,
                      &spread_figures::p50_us, &spread_figures::p99_us,
                      &spread_figures::cpu_us, &spread_figures::resident_mb})
    result.*member = median_of(rounds, member);
  result.errors = 0;
  for (const auto& round : rounds) {
    result.maximum_us = std::max(result.maximum_us, round.maximum_us);
    result.errors += round.errors;
    if (result.first_error.empty())
      result.first_error = round.first_error;
  }
  return result;
}

std::string databases_report_text(const run_facts& facts,
                                  std::uint32_t in_flight,
                                  const std::vector<spread_figures>& all) {
  auto rows = std::vector<std::vector<std::string>>{
      {"what", "databases", "requests/s", "of echo", "of one", "p50 µs",
       "p99 µs", "max µs", "cpu µs", "RSS MB", "errors"}};
  for (const auto& one : all)
    rows.push_back(table_row(one));
  auto text = conditions(facts, in_flight) + "\n" + aligned(rows, 1);
  for (const auto& one : all)
    if (one.errors > 0)
      text += fmt::format("\n{}, {} databases, {} errors, the first:\n{}\n",
                          name_of(one.what), one.databases, one.errors,
                          one.first_error);
  return text;
}

std::string databases_report_json(const run_facts& facts,
                                  std::uint32_t in_flight,
                                  const std::vector<spread_figures>& all) {
  auto buffer = rapidjson::StringBuffer{};
  auto out = json_writer{buffer};
  out.SetIndent(' ', 2);
  out.SetMaxDecimalPlaces(4);
  out.StartObject();
  put(out, facts.where);
  put(out, "server", facts.server);
  put(out, "durability", facts.durability);
  put(out, "seconds", facts.seconds);
  put(out, "rounds", facts.rounds);
  put(out, "in_flight", in_flight);
  out.Key("figures");
  out.StartArray();
  for (const auto& one : all) {
    out.StartObject();
    put(out, "what", name_of(one.what));
    put(out, "databases", one.databases);
    put(out, "requests_per_second", one.requests_per_second);
    put(out, "of_echo", one.of_echo);
    if (one.of_one > 0)
      put(out, "of_one", one.of_one);
    put(out, "p50_us", one.p50_us);
    put(out, "p99_us", one.p99_us);
    put(out, "max_us", one.maximum_us);
    put(out, "cpu_us", one.cpu_us);
    put(out, "resident_mb", one.resident_mb);
    put(out, "errors", one.errors);
    if (!one.first_error.empty())
      put(out, "first_error", one.first_error);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

} // namespace sluice::bench
