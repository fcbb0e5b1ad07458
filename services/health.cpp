#include "services/health.hpp"

#include "codec/json_writer.hpp"

namespace sluice::services {

namespace {

std::string_view status_of(const server_state& state) noexcept {
  if (!state.is_ready)
    return "stopping";
  return state.databases_quarantined == 0 && state.shortage.empty()
                 && state.disk == "ample"
             ? "ok"
             : "degraded";
}

void write_quarantined(codec::json_writer& out, const server_state& state) {
  out.key("quarantined");
  out.begin_array();
  for (const auto& database : state.quarantined) {
    out.begin_object();
    out.key("name");
    out.text(database.name);
    out.key("uuid");
    out.text(database.uuid);
    out.key("since");
    out.text(database.since);
    out.key("cause");
    out.text(database.cause);
    out.key("readable");
    out.boolean(database.is_readable);
    out.end_object();
  }
  out.end_array();
}

void write_head(codec::json_writer& out, const server_state& state) {
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("status");
  out.text(status_of(state));
  out.key("server");
  out.text(state.server);
  out.key("version");
  out.text(state.version);
  out.key("uptime_s");
  out.unsigned_integer(state.uptime_s);
  out.key("databases_open");
  out.unsigned_integer(state.databases_open);
  out.key("databases_quarantined");
  out.unsigned_integer(state.databases_quarantined);
  out.key("disk");
  out.text(state.disk);
  out.key("disk_free_bytes");
  out.unsigned_integer(state.disk_free_bytes);
}

} // namespace

std::string encode_health(const server_state& state) {
  auto out = codec::json_writer{};
  write_head(out, state);
  if (!state.shortage.empty()) {
    out.key("shortage");
    out.text(state.shortage);
  }
  out.end_object();
  return out.take();
}

std::string encode_server_stats(const server_state& state,
                                const service_statistics& statistics) {
  auto out = codec::json_writer{};
  write_head(out, state);
  const auto count = [&out](std::string_view name, std::uint64_t x) {
    out.key(name);
    out.unsigned_integer(x);
  };
  if (state.databases_quarantined != 0)
    write_quarantined(out, state);
  count("databases_diverted", state.databases_diverted);
  count("requests_in_flight", state.requests_in_flight);
  count("bytes_in_flight", state.bytes_in_flight);
  count("requests_refused", state.requests_refused);
  count("reads_waiting", state.reads_waiting);
  count("readers", state.readers);
  count("reads_long", state.reads_long);
  count("streams_stalled", state.streams_stalled);
  count("reads_hung", state.reads_hung);
  count("commits", state.commits);
  count("writes_committed", state.writes_committed);
  count("reply_bytes_unsent", state.reply_bytes_unsent);
  count("replies_dropped", state.replies_dropped);
  count("nats_refusals", state.nats_refusals);
  count("replies_refused", state.replies_refused);
  count("result_cache_hits", state.result_cache_hits);
  count("result_cache_misses", state.result_cache_misses);
  out.key("endpoints");
  out.begin_object();
  for (const auto& row : endpoints()) {
    const auto& counted = statistics[static_cast<std::size_t>(row.id)];
    out.key(row.name);
    out.begin_object();
    count("requests", counted.requests);
    count("errors", counted.errors);
    count("processing_ns", counted.processing_ns);
    out.end_object();
  }
  out.end_object();
  out.end_object();
  return out.take();
}

} // namespace sluice::services
