#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/integration/server/tls_files.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>
#include <tuple>

/// NATS over TLS.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;

/// The host name that the certificate `server` is for.
std::string by_name(const nats_server& nats, const std::string& scheme) {
  const auto address = nats.host_and_port();
  return scheme + "://localhost" + address.substr(address.rfind(':'));
}

config::nats_settings trusting(const tls_files& files) {
  auto result = config::nats_settings{};
  result.tls = true;
  result.tls_ca_file = files.certificate("ca");
  return result;
}

std::vector<std::string> options_for(const tls_files& files,
                                     const std::string& url) {
  return {"--nats-url", url, "--nats-tls-ca-file", files.certificate("ca")};
}

/// Starts Sluice where it must not connect.
/// @return what it says then.
std::string refusal(const std::vector<std::string>& options) {
  auto process = sluice_process{options, start_mode::launch};
  CHECK(process.wait() == 1);
  CHECK(process.out().empty());
  CHECK(process.log().contains("cannot start: cannot connect to NATS at tls:"));
  return process.log();
}

} // namespace

TEST_CASE("requests go over TLS with an authority of one's own") {
  const auto files = tls_files{};
  auto nats = nats_server{files.server_configuration("server", false)};
  // By the scheme of the address, and by the setting.
  auto by_scheme = options_for(files, by_name(nats, "tls"));
  auto by_setting = options_for(files, by_name(nats, "nats"));
  by_setting.emplace_back("--nats-tls");
  for (const auto& options : {by_scheme, by_setting}) {
    auto process = sluice_process{options};
    auto remote = client{by_name(nats, "tls"), trusting(files)};
    remote.create_database("app");
    remote.run("app", "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
    CHECK(remote.run("app", "SELECT x FROM t").at("/results")
          == R"([{"x":1}])");
    const auto large = remote.run("app", "SELECT hex(zeroblob(400000)) AS x");
    CHECK(large.body().size() > 800'000);
    CHECK(process.stop() == 0);
  }
}

TEST_CASE("requests over TLS work again after an outage") {
  const auto files = tls_files{};
  auto nats = nats_server{files.server_configuration("server", false)};
  auto options = options_for(files, by_name(nats, "tls"));
  options.insert(options.end(), {"--nats-reconnect-wait-ms", "20"});
  auto process = sluice_process{options};
  nats.kill();
  nats.start();
  wait_until("it is connected again", std::chrono::seconds{30}, [&process] {
    return process.log().contains("connected to NATS again");
  });
  auto remote = client{by_name(nats, "tls"), trusting(files)};
  CHECK(remote.request("sluice.health", "").at("/success") == "true");
  CHECK(process.stop() == 0);
}

TEST_CASE(
    "a TLS server that stands still is left, and served when it goes on") {
  constexpr auto writes = std::size_t{40};
  const auto files = tls_files{};
  auto nats = nats_server{files.server_configuration("server", false)};
  const auto url = by_name(nats, "tls");
  auto options = options_for(files, url);
  options.insert(options.end(),
                 {"--nats-reconnect-wait-ms", "20", "--nats-ping-interval-ms",
                  "100", "--nats-connect-timeout-ms", "500"});
  auto process = sluice_process{options};
  auto remote = client{url, trusting(files)};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  for (auto round = 1; round <= 2; ++round) {
    // Far more replies than a socket takes. They fail, or come late: all that
    // counts is that nobody waits for ever.
    auto asking = std::vector<std::future<void>>{};
    for (auto i = std::size_t{0}; i < writes; ++i)
      asking.push_back(std::async(std::launch::async, [&remote] {
        std::ignore = remote.connection().request(
            "sluice.db.app.query",
            query_body("INSERT INTO t VALUES (1) RETURNING "
                       "hex(zeroblob(200000)) AS x"),
            {}, std::chrono::seconds{3});
      }));
    nats.pause();
    wait_until("it is given up", std::chrono::seconds{60}, [&process, round] {
      return count_in(process.log(), "the connection to NATS is lost") >= round;
    });
    nats.resume();
    wait_until("requests are answered", std::chrono::seconds{60}, [&remote] {
      const auto got = remote.connection().request("sluice.stats", "", {},
                                                   std::chrono::seconds{1});
      return got && reply{*got}.at("/requests_in_flight") == "0";
    });
    asking.clear();
    remote.run("app", "INSERT INTO t VALUES (1)");
  }
  CHECK(process.stop() == 0);
}

TEST_CASE("a client certificate is shown where NATS wants one") {
  const auto files = tls_files{};
  auto nats = nats_server{files.server_configuration("server", true)};
  auto options = options_for(files, by_name(nats, "tls"));
  refusal(options);
  options.insert(options.end(),
                 {"--nats-tls-certificate-file", files.certificate("client"),
                  "--nats-tls-key-file", files.key("client")});
  auto process = sluice_process{options};
  auto settings = trusting(files);
  settings.tls_certificate_file = files.certificate("client");
  settings.tls_key_file = files.key("client");
  auto remote = client{by_name(nats, "tls"), settings};
  CHECK(remote.request("sluice.health", "").at("/success") == "true");
  CHECK(process.stop() == 0);
}

TEST_CASE("a server whose certificate is for another host is refused") {
  const auto files = tls_files{};
  auto nats = nats_server{files.server_configuration("foreign", false)};
  CHECK(refusal(options_for(files, by_name(nats, "tls")))
            .contains("hostname mismatch"));
}

TEST_CASE("a server that an unknown authority vouches for is refused") {
  const auto files = tls_files{};
  const auto others = tls_files{};
  auto nats = nats_server{files.server_configuration("server", false)};
  CHECK(refusal(options_for(others, by_name(nats, "tls")))
            .contains("unable to get local issuer certificate"));
  // Nor is it one of the system's.
  CHECK(refusal({"--nats-url", by_name(nats, "tls")})
            .contains("unable to get local issuer certificate"));
}

TEST_CASE("a server without TLS is refused where TLS is a must") {
  const auto files = tls_files{};
  auto nats = nats_server{};
  CHECK(refusal(options_for(files, by_name(nats, "tls")))
            .contains("Secure Connection not available"));
}

TEST_CASE("files of certificates that are none are refused at the start") {
  const auto files = tls_files{};
  auto options = std::vector<std::string>{
      "--nats-url", "tls://127.0.0.1:1", "--nats-tls-ca-file", files.key("ca")};
  auto process = sluice_process{options, start_mode::launch};
  CHECK(process.wait() == 1);
  CHECK(process.log().contains("nats.tls_ca_file"));
  options.back() = "/nowhere/ca.pem";
  auto other = sluice_process{options, start_mode::launch};
  CHECK(other.wait() == 1);
  CHECK(other.log().contains("nats.tls_ca_file: cannot read /nowhere/ca.pem"));
}

} // namespace sluice::tests
