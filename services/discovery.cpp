#include "services/discovery.hpp"

#include "codec/json_writer.hpp"

namespace sluice::services {

namespace {

void write_identity(codec::json_writer& out, const service_identity& self,
                    std::string_view type) {
  out.begin_object();
  out.key("type");
  out.text(type);
  out.key("name");
  out.text(self.name);
  out.key("id");
  out.text(self.id);
  out.key("version");
  out.text(self.version);
  out.key("metadata");
  out.begin_object();
  out.key("server");
  out.text(self.server);
  out.end_object();
}

void write_endpoint_head(codec::json_writer& out, const service_identity& self,
                         const endpoint& row) {
  out.begin_object();
  out.key("name");
  out.text(row.name);
  out.key("subject");
  out.text(self.subject_prefix + "." + std::string{row.subject});
  out.key("queue_group");
  out.text(self.queue_group);
}

} // namespace

std::string encode_ping(const service_identity& self) {
  auto out = codec::json_writer{};
  write_identity(out, self, "io.nats.micro.v1.ping_response");
  out.end_object();
  return out.take();
}

std::string encode_info(const service_identity& self) {
  auto out = codec::json_writer{};
  write_identity(out, self, "io.nats.micro.v1.info_response");
  out.key("description");
  out.text("SQL databases over NATS, compatible with Cloudflare D1");
  out.key("endpoints");
  out.begin_array();
  for (const auto& row : endpoints()) {
    write_endpoint_head(out, self, row);
    out.key("metadata");
    out.begin_object();
    out.key("description");
    out.text(row.description);
    out.end_object();
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

std::string encode_stats(const service_identity& self,
                         const service_statistics& statistics) {
  auto out = codec::json_writer{};
  write_identity(out, self, "io.nats.micro.v1.stats_response");
  out.key("started");
  out.text(self.started);
  out.key("endpoints");
  out.begin_array();
  for (const auto& row : endpoints()) {
    const auto& counted = statistics[static_cast<std::size_t>(row.id)];
    write_endpoint_head(out, self, row);
    out.key("num_requests");
    out.unsigned_integer(counted.requests);
    out.key("num_errors");
    out.unsigned_integer(counted.errors);
    out.key("last_error");
    out.text(counted.last_error);
    out.key("processing_time");
    out.unsigned_integer(counted.processing_ns);
    out.key("average_processing_time");
    out.unsigned_integer(
        counted.requests == 0 ? 0 : counted.processing_ns / counted.requests);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

discovery_verb resolve_discovery(std::string_view subject,
                                 const service_identity& self) {
  constexpr auto prefix = std::string_view{"$SRV."};
  if (!subject.starts_with(prefix))
    return discovery_verb::none;
  subject.remove_prefix(prefix.size());
  const auto dot = subject.find('.');
  const auto verb = subject.substr(0, dot);
  if (dot != std::string_view::npos) {
    const auto who = subject.substr(dot + 1);
    if (who != self.name && who != self.name + "." + self.id)
      return discovery_verb::none;
  }
  if (verb == "PING")
    return discovery_verb::ping;
  if (verb == "INFO")
    return discovery_verb::info;
  if (verb == "STATS")
    return discovery_verb::stats;
  return discovery_verb::none;
}

} // namespace sluice::services
