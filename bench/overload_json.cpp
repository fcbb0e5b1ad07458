#include "bench/json_writer.hpp"
#include "bench/overload_report.hpp"

namespace sluice::bench {

namespace {

// The ones of this file would hide it.
using bench::put;

void put(json_writer& out, std::string_view key,
         const latency_figures& latencies) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  out.StartObject();
  put(out, "p50", latencies.p50_ms);
  put(out, "p99", latencies.p99_ms);
  put(out, "max", latencies.maximum_ms);
  out.EndObject();
}

void put(json_writer& out, const offer_counts& counts) {
  put(out, "sent", counts.sent);
  put(out, "served", counts.served);
  put(out, "refused", counts.refused);
  put(out, "timeouts", counts.timed_out);
  put(out, "errors", counts.failed + counts.surplus);
  put(out, "lost", counts.lost);
}

void put(json_writer& out, const resource_figures& used) {
  put(out, "rss_before_mb", used.rss_before_mb);
  put(out, "rss_max_mb", used.rss_max_mb);
  put(out, "rss_after_mb", used.rss_after_mb);
  put(out, "cpu_sluice", used.cpu_sluice);
  put(out, "cpu_nats_server", used.cpu_nats_server);
  put(out, "cpu_bench", used.cpu_bench);
}

void put_members(json_writer& out, const overload_measurement& one) {
  put(out, "what", name_of(one.what));
  put(out, "times", one.times);
  put(out, "peak_per_second", one.peak_per_second);
  put(out, "offered_per_second", one.offered_per_second);
  put(out, "served_per_second", one.served_per_second);
  put(out, one.counts);
  put(out, "served_ms", one.served);
  put(out, "refused_ms", one.refused);
  put(out, one.resources);
  if (!one.first_failure.empty())
    put(out, "first_failure", one.first_failure);
}

void put(json_writer& out, const hot_measurement& one) {
  out.StartObject();
  if (one.hot.counts.sent > 0) {
    out.Key("hot");
    out.StartObject();
    put_members(out, one.hot);
    out.EndObject();
  }
  out.Key("quiet");
  out.StartArray();
  for (const auto& quiet : one.quiet) {
    out.StartObject();
    put(out, "what", quiet.what);
    put(out, quiet.counts);
    put(out, "served_ms", quiet.served);
    if (!quiet.first_failure.empty())
      put(out, "first_failure", quiet.first_failure);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

void put(json_writer& out, const overload_figures& figures) {
  out.Key("offers");
  out.StartArray();
  for (const auto& one : figures.offers) {
    out.StartObject();
    put_members(out, one);
    out.EndObject();
  }
  out.EndArray();
  out.Key("hot");
  out.StartArray();
  for (const auto& one : figures.hot)
    put(out, one);
  out.EndArray();
}

} // namespace

std::string report_json(const overload_facts& facts,
                        const overload_figures& figures,
                        const std::vector<overload_figures>& rounds) {
  auto buffer = rapidjson::StringBuffer{};
  auto out = json_writer{buffer};
  out.SetIndent(' ', 2);
  out.SetMaxDecimalPlaces(4);
  out.StartObject();
  put(out, facts.where);
  put(out, "server", facts.server);
  put(out, "durability", facts.durability);
  put(out, "processors", facts.processors);
  put(out, "seconds", facts.seconds);
  put(out, "timeout_ms", facts.timeout_ms);
  put(out, "errors", errors_in(figures));
  put(out, figures);
  out.Key("rounds");
  out.StartArray();
  for (const auto& round : rounds) {
    out.StartObject();
    put(out, round);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

} // namespace sluice::bench
