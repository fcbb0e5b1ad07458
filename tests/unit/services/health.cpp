#include "services/health.hpp"

#include "tests/unit/services/json_document.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::services {

namespace {

server_state state() {
  auto result = server_state{};
  result.server = "host-1";
  result.version = "1.2.3";
  result.is_ready = true;
  result.uptime_s = 90;
  result.databases_open = 2;
  result.disk_free_bytes = 70'000'000'000;
  result.databases_diverted = 1;
  result.requests_in_flight = 3;
  result.bytes_in_flight = 5'000'000'000;
  result.requests_refused = 4;
  result.reads_waiting = 5;
  result.reads_long = 21;
  result.streams_stalled = 22;
  result.reads_hung = 23;
  result.readers = 6;
  result.commits = 7;
  result.writes_committed = 8;
  result.reply_bytes_unsent = 9;
  result.replies_dropped = 10;
  result.nats_refusals = 11;
  result.replies_refused = 12;
  return result;
}

} // namespace

TEST_CASE("health says that the server serves", "[services][health]") {
  CHECK(encode_health(state())
        == R"({"success":true,"status":"ok","server":"host-1",)"
           R"("version":"1.2.3","uptime_s":90,"databases_open":2,)"
           R"("databases_quarantined":0,"disk":"ample",)"
           R"("disk_free_bytes":70000000000})");
}

TEST_CASE("health says where the disk has little room", "[services][health]") {
  auto degraded = state();
  degraded.disk = "scarce";
  const auto health = json_document{encode_health(degraded)};
  CHECK(health.text("/status") == "degraded");
  CHECK(health.text("/disk") == "scarce");
}

TEST_CASE("health counts what is quarantined, stats lists it, and both are a "
          "success nevertheless",
          "[services][health]") {
  auto degraded = state();
  degraded.databases_quarantined = 21;
  degraded.quarantined = {{"app", "u1", "2026-11-24T11:08:20Z", "gone", true},
                          {"other", "u2", "2026-11-24T11:08:21Z", "\"", false}};
  const auto health = json_document{encode_health(degraded)};
  CHECK(health.text("/status") == "degraded");
  CHECK(encode_health(degraded).starts_with(R"({"success":true,)"));
  CHECK(health.number("/databases_quarantined") == 21);
  CHECK_FALSE(encode_health(degraded).contains("app"));
  const auto text
      = encode_server_stats(degraded, service_statistics(endpoints().size()));
  CHECK(text.contains(
      R"("quarantined":[{"name":"app","uuid":"u1",)"
      R"("since":"2026-11-24T11:08:20Z","cause":"gone","readable":true},)"
      R"({"name":"other",)"));
  // The end of the server is what matters more.
  degraded.is_ready = false;
  CHECK(encode_health(degraded).contains(R"("status":"stopping")"));
  const auto stats = json_document{text};
  CHECK(stats.text("/quarantined/1/cause") == "\"");
  CHECK(stats.number("/databases_quarantined") == 21);
}

TEST_CASE("health says that the server is stopping", "[services][health]") {
  auto stopping = state();
  stopping.is_ready = false;
  CHECK(encode_health(stopping).contains(R"("status":"stopping")"));
}

TEST_CASE("stats has the counters of the server and of each endpoint",
          "[services][health]") {
  auto statistics = service_statistics(endpoints().size());
  statistics[0] = {
      .requests = 10, .errors = 1, .processing_ns = 1'000, .last_error = "x"};
  const auto stats = json_document{encode_server_stats(state(), statistics)};
  CHECK(stats.text("/status") == "ok");
  CHECK(stats.number("/databases_diverted") == 1);
  CHECK(stats.number("/requests_in_flight") == 3);
  CHECK(stats.number("/bytes_in_flight") == 5'000'000'000);
  CHECK(stats.number("/requests_refused") == 4);
  CHECK(stats.number("/reads_waiting") == 5);
  CHECK(stats.number("/reads_long") == 21);
  CHECK(stats.number("/streams_stalled") == 22);
  CHECK(stats.number("/reads_hung") == 23);
  CHECK(stats.number("/readers") == 6);
  CHECK(stats.number("/commits") == 7);
  CHECK(stats.number("/writes_committed") == 8);
  CHECK(stats.number("/reply_bytes_unsent") == 9);
  CHECK(stats.number("/replies_dropped") == 10);
  CHECK(stats.number("/nats_refusals") == 11);
  REQUIRE(stats.members("/endpoints").size() == endpoints().size());
  CHECK(stats.number("/endpoints/db_query/requests") == 10);
  CHECK(stats.number("/endpoints/db_query/errors") == 1);
  CHECK(stats.number("/endpoints/db_query/processing_ns") == 1'000);
  CHECK(stats.number("/endpoints/stats/requests") == 0);
}

} // namespace sluice::services
