#include "cli/client.hpp"
#include "cli/request_command.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::cli {

namespace {

config::nats_settings listening_at(const std::string& address) {
  auto result = config::nats_settings{};
  result.listen = address;
  return result;
}

} // namespace

TEST_CASE("clients find the server by nats.url, or by nats.listen") {
  CHECK(*server_url({}) == "nats://127.0.0.1:4222");
  auto settings = listening_at("10.0.0.1:5000");
  CHECK(*server_url(settings) == "nats://10.0.0.1:5000");
  settings.url = "nats://a,nats://b";
  CHECK(*server_url(settings) == "nats://a,nats://b");
}

TEST_CASE("the acknowledgement of a JetStream stream is known as that") {
  CHECK(acknowledging_stream(R"({"stream":"AUDIT","seq":7})") == "AUDIT");
  CHECK(acknowledging_stream(R"({"stream":"A","domain":"d","seq":7,)"
                             R"("duplicate":true})")
        == "A");
  for (const auto* other :
       {"", "{}", "[]", "%%", R"({"stream":"A"})", R"({"stream":1,"seq":1})",
        R"({"success":true,"stream":"A","seq":7})",
        R"([{"stream":"A","seq":7}])"})
    CHECK(acknowledging_stream(other).empty());
}

TEST_CASE("the address of all interfaces is reached at this host") {
  CHECK(*server_url(listening_at("0.0.0.0:1")) == "nats://127.0.0.1:1");
  CHECK(*server_url(listening_at("[::]:1")) == "nats://127.0.0.1:1");
  CHECK(*server_url(listening_at("[::1]:1")) == "nats://[::1]:1");
}

TEST_CASE("a port that only the server knows cannot be guessed") {
  CHECK(server_url(listening_at("127.0.0.1:0")).error().code
        == exit_code::usage);
  CHECK(server_url(listening_at("nonsense")).error().code == exit_code::usage);
}

TEST_CASE("subjects get the prefix unless they have it") {
  CHECK(full_subject("health", "sluice") == "sluice.health");
  CHECK(full_subject("sluice.health", "sluice") == "sluice.health");
  CHECK(full_subject("sluice", "sluice") == "sluice.sluice");
  CHECK(full_subject("sluiced.x", "sluice") == "sluice.sluiced.x");
  CHECK(full_subject("$SRV.PING", "sluice") == "$SRV.PING");
  CHECK(full_subject("a.b.c", "a.b") == "a.b.c");
}

} // namespace sluice::cli
