#include "bench/report.hpp"

#include "bench/json_writer.hpp"
#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {

namespace {

std::string or_dash(double value, std::string words) {
  return value > 0 ? std::move(words) : std::string{"-"};
}

std::vector<std::string> row_of(const measurement& one) {
  return {std::string{name_of(one.what)},
          std::to_string(one.in_flight),
          figure_words(one.requests_per_second),
          or_dash(one.of_echo, fmt::format("{:.2f}", one.of_echo)),
          or_dash(one.rows_per_second, figure_words(one.rows_per_second)),
          figure_words(one.p50_us),
          figure_words(one.p99_us),
          figure_words(one.maximum_us),
          std::to_string(one.errors)};
}

std::string heading(const run_facts& facts) {
  const auto rounds
      = facts.rounds == 1
            ? std::string{"1 round"}
            : fmt::format("medians of {} rounds (max: of all)", facts.rounds);
  return aligned({{"machine", words(facts.where)},
                  {"server", facts.server},
                  {"durability", facts.durability},
                  {"measured", fmt::format("{} s each, {}, one connection, "
                                           "closed loop",
                                           facts.seconds, rounds)}},
                 2);
}

void put_figures(json_writer& out, const measurement& one) {
  put(out, "requests_per_second", one.requests_per_second);
  if (one.of_echo > 0)
    put(out, "of_echo", one.of_echo);
  if (one.rows_per_second > 0)
    put(out, "rows_per_second", one.rows_per_second);
  out.Key("latency_us");
  out.StartObject();
  put(out, "p50", one.p50_us);
  put(out, "p99", one.p99_us);
  put(out, "max", one.maximum_us);
  out.EndObject();
  put(out, "errors", one.errors);
  if (!one.first_error.empty())
    put(out, "first_error", one.first_error);
}

void put_figure(json_writer& out, const figure& of) {
  out.StartObject();
  put(out, "what", name_of(of.summary.what));
  put(out, "in_flight", of.summary.in_flight);
  put_figures(out, of.summary);
  out.Key("rounds");
  out.StartArray();
  for (const auto& round : of.rounds) {
    out.StartObject();
    put_figures(out, round);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

} // namespace

std::string report_text(const run_facts& facts,
                        const std::vector<figure>& figures) {
  auto rows = std::vector<std::vector<std::string>>{
      {"what", "in flight", "requests/s", "of echo", "rows/s", "p50 µs",
       "p99 µs", "max µs", "errors"}};
  for (const auto& of : figures)
    rows.push_back(row_of(of.summary));
  auto text = heading(facts) + "\n" + aligned(rows, 1);
  for (const auto& of : figures)
    if (of.summary.errors > 0)
      text += fmt::format("\n{}, {} in flight, {} errors, the first:\n{}\n",
                          name_of(of.summary.what), of.summary.in_flight,
                          of.summary.errors, of.summary.first_error);
  return text;
}

std::string report_json(const run_facts& facts,
                        const std::vector<figure>& figures) {
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
  put(out, "errors", errors_in(figures));
  out.Key("figures");
  out.StartArray();
  for (const auto& of : figures)
    put_figure(out, of);
  out.EndArray();
  out.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

} // namespace sluice::bench
