#include "services/discovery.hpp"

#include "tests/unit/services/json_document.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

namespace sluice::services {

namespace {

using names = std::set<std::string>;

service_identity self() {
  return {.name = "sluice",
          .id = "ID1",
          .version = "1.2.3",
          .subject_prefix = "root",
          .queue_group = "group",
          .server = "host-1",
          .started = "2026-11-24T11:08:20Z"};
}

void check_identity(const json_document& reply, std::string_view type) {
  CHECK(reply.text("/type") == type);
  CHECK(reply.text("/name") == "sluice");
  CHECK(reply.text("/id") == "ID1");
  CHECK(reply.text("/version") == "1.2.3");
  CHECK(reply.text("/metadata/server") == "host-1");
}

std::string endpoint_at(std::size_t index) {
  return "/endpoints/" + std::to_string(index);
}

} // namespace

TEST_CASE("a PING reply is what NATS ADR-32 has", "[services][discovery]") {
  CHECK(encode_ping(self())
        == R"({"type":"io.nats.micro.v1.ping_response","name":"sluice",)"
           R"("id":"ID1","version":"1.2.3","metadata":{"server":"host-1"}})");
}

TEST_CASE("an INFO reply is what NATS ADR-32 has", "[services][discovery]") {
  const auto info = json_document{encode_info(self())};
  CHECK(info.members("")
        == names{"type", "name", "id", "version", "metadata", "description",
                 "endpoints"});
  check_identity(info, "io.nats.micro.v1.info_response");
  CHECK_FALSE(info.text("/description").empty());
  REQUIRE(info.array_size("/endpoints") == endpoints().size());
  for (auto i = std::size_t{0}; i < endpoints().size(); ++i) {
    const auto each = endpoint_at(i);
    CHECK(info.members(each)
          == names{"name", "subject", "queue_group", "metadata"});
    CHECK(info.text(each + "/queue_group") == "group");
    // ADR-32: texts by their names.
    CHECK(info.members(each + "/metadata") == names{"description"});
    CHECK_FALSE(info.text(each + "/metadata/description").empty());
  }
  CHECK(info.text("/endpoints/0/name") == "db_query");
  CHECK(info.text("/endpoints/0/subject") == "root.db.*.query");
  const auto health
      = endpoint_at(static_cast<std::size_t>(endpoint_id::health));
  CHECK(info.text(health + "/name") == "health");
  CHECK(info.text(health + "/subject") == "root.health");
}

TEST_CASE("a STATS reply is what NATS ADR-32 has", "[services][discovery]") {
  auto statistics = service_statistics(endpoints().size());
  statistics[1] = {.requests = 4,
                   .errors = 1,
                   .processing_ns = 10'000'000'002,
                   .last_error = "too_large"};
  const auto stats = json_document{encode_stats(self(), statistics)};
  CHECK(stats.members("")
        == names{"type", "name", "id", "version", "metadata", "started",
                 "endpoints"});
  check_identity(stats, "io.nats.micro.v1.stats_response");
  CHECK(stats.text("/started") == "2026-11-24T11:08:20Z");
  REQUIRE(stats.array_size("/endpoints") == endpoints().size());
  for (auto i = std::size_t{0}; i < endpoints().size(); ++i)
    CHECK(stats.members(endpoint_at(i))
          == names{"name", "subject", "queue_group", "num_requests",
                   "num_errors", "last_error", "processing_time",
                   "average_processing_time"});
  CHECK(stats.text("/endpoints/1/name") == "db_exec");
  CHECK(stats.text("/endpoints/1/subject") == "root.db.*.exec");
  CHECK(stats.text("/endpoints/1/queue_group") == "group");
  CHECK(stats.number("/endpoints/1/num_requests") == 4);
  CHECK(stats.number("/endpoints/1/num_errors") == 1);
  CHECK(stats.text("/endpoints/1/last_error") == "too_large");
  CHECK(stats.number("/endpoints/1/processing_time") == 10'000'000'002);
  CHECK(stats.number("/endpoints/1/average_processing_time") == 2'500'000'000);
}

TEST_CASE("an endpoint without requests has an average of 0",
          "[services][discovery]") {
  const auto stats = json_document{
      encode_stats(self(), service_statistics(endpoints().size()))};
  for (auto i = std::size_t{0}; i < endpoints().size(); ++i) {
    const auto each = endpoint_at(i);
    CHECK(stats.text(each + "/last_error").empty());
    for (const auto* name : {"/num_requests", "/num_errors", "/processing_time",
                             "/average_processing_time"})
      CHECK(stats.number(each + name) == 0);
  }
}

TEST_CASE("discovery asks all services, one by name, or one by id",
          "[services][discovery]") {
  const auto me = self();
  for (const auto* tail : {"", ".sluice", ".sluice.ID1"}) {
    CAPTURE(tail);
    const auto ask = [&](const std::string& verb) {
      return resolve_discovery("$SRV." + verb + tail, me);
    };
    CHECK(ask("PING") == discovery_verb::ping);
    CHECK(ask("INFO") == discovery_verb::info);
    CHECK(ask("STATS") == discovery_verb::stats);
  }
}

TEST_CASE("discovery of others is not answered", "[services][discovery]") {
  const auto me = self();
  for (const auto* subject :
       {"", "$SRV", "$SRV.", "$SRV.SCHEMA", "$SRV.ping", "$SRV.PINGS",
        "$SRV.PING.", "$SRV.PING.other", "$SRV.PING.slui", "$SRV.PING.sluice.",
        "$SRV.PING.sluice.ID2", "$SRV.PING.other.ID1",
        "$SRV.PING.sluice.ID1.more", "PING", "SRV.PING", "x.$SRV.PING"}) {
    CAPTURE(subject);
    CHECK(resolve_discovery(subject, me) == discovery_verb::none);
  }
}

} // namespace sluice::services
