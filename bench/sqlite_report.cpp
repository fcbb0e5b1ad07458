#include "bench/sqlite_report.hpp"

#include "bench/json_writer.hpp"
#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {

std::string report_text(const sqlite_facts& facts,
                        const std::vector<sqlite_row>& rows) {
  auto cells = std::vector<std::vector<std::string>>{
      {"what", "threads", "rows/s", "per thread", "p50 µs", "p99 µs",
       "max µs"}};
  for (const auto& row : rows)
    cells.push_back({row.what, std::to_string(row.threads),
                     figure_words(row.measured.rows_per_second),
                     figure_words(row.measured.rows_per_second / row.threads),
                     figure_words(row.measured.p50_us),
                     figure_words(row.measured.p99_us),
                     figure_words(row.measured.maximum_us)});
  return aligned({{"machine", words(facts.where)},
                  {"server",
                   "none; SQLite " + facts.sqlite_version + " in this process"},
                  {"durability",
                   "full (WAL, every commit synced), on " + facts.file_system},
                  {"measured", fmt::format("{} s each", facts.seconds)}},
                 2)
         + "\n" + aligned(cells, 1);
}

std::string report_json(const sqlite_facts& facts,
                        const std::vector<sqlite_row>& rows) {
  auto buffer = rapidjson::StringBuffer{};
  auto out = json_writer{buffer};
  out.SetIndent(' ', 2);
  out.SetMaxDecimalPlaces(4);
  out.StartObject();
  put(out, facts.where);
  put(out, "sqlite_version", facts.sqlite_version);
  put(out, "durability", "full");
  put(out, "file_system", facts.file_system);
  put(out, "seconds", facts.seconds);
  out.Key("figures");
  out.StartArray();
  for (const auto& row : rows) {
    out.StartObject();
    put(out, "what", row.what);
    put(out, "threads", row.threads);
    put(out, "rows_per_second", row.measured.rows_per_second);
    out.Key("latency_us");
    out.StartObject();
    put(out, "p50", row.measured.p50_us);
    put(out, "p99", row.measured.p99_us);
    put(out, "max", row.measured.maximum_us);
    out.EndObject();
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

} // namespace sluice::bench
