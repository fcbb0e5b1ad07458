#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/nats_accounts.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

/// A NATS server that wants to know who comes.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;

/// Whether a server with these options serves a client with these settings.
/// @param secret must not be seen anywhere.
void check_served(const std::string& url, std::vector<std::string> options,
                  const config::nats_settings& settings,
                  const std::string& secret) {
  auto process = sluice_process{std::move(options)};
  auto remote = client{url, settings};
  CHECK(remote.request("sluice.health", "").at("/success") == "true");
  CHECK(!process.out().contains(secret));
  CHECK(process.stop() == 0);
  CHECK(!process.log().contains(secret));
}

/// A NATS server that one key opens.
struct nkey_fixture {
  nats_server nats{"authorization { users: [ { nkey: " + std::string{user_key}
                   + " } ] }"};
  temporary_directory directory;
  config::nats_settings settings;

  nkey_fixture() {
    settings.nkey_seed_file = (directory.path() / "seed").string();
    std::ofstream{settings.nkey_seed_file} << user_seed << "\n";
  }
};

/// With options that the NATS server does not accept.
void check_refused(std::vector<std::string> options,
                   const std::string& secret) {
  options.insert(options.end(), {"--nats-reconnect-wait-ms", "20"});
  auto process = sluice_process{std::move(options), start_mode::launch};
  CHECK(process.wait() == 1);
  CHECK(process.out().empty());
  CHECK(process.log().contains("uthorization Violation"));
  CHECK(!process.log().contains(secret));
}

} // namespace

TEST_CASE("a user and a password open NATS") {
  auto nats = nats_server{"authorization { user: ann, password: hush }"};
  auto settings = config::nats_settings{};
  settings.user = "ann";
  settings.password = "hush";
  check_served(nats.url(),
               {"--nats-url", nats.url(), "--nats-user", "ann",
                "--nats-password", "hush"},
               settings, "hush");
  const auto with_both = "nats://ann:hush@" + nats.host_and_port();
  check_served(with_both, {"--nats-url", with_both}, {}, "hush");
}

TEST_CASE("a token opens NATS") {
  auto nats = nats_server{"authorization { token: hush }"};
  auto settings = config::nats_settings{};
  settings.token = "hush";
  check_served(nats.url(), {"--nats-url", nats.url(), "--nats-token", "hush"},
               settings, "hush");
}

TEST_CASE_METHOD(nkey_fixture, "an NKey opens NATS") {
  check_served(nats.url(),
               {"--nats-url", nats.url(), "--nats-nkey-seed-file",
                settings.nkey_seed_file},
               settings, user_seed);
}

TEST_CASE("a credentials file opens NATS") {
  auto nats = nats_server{accounts_configuration()};
  const auto directory = temporary_directory{};
  auto settings = config::nats_settings{};
  settings.credentials_file = (directory.path() / "creds").string();
  std::ofstream{settings.credentials_file} << user_credentials();
  check_served(nats.url(),
               {"--nats-url", nats.url(), "--nats-credentials-file",
                settings.credentials_file},
               settings, user_seed);
}

TEST_CASE_METHOD(nkey_fixture,
                 "an NKey opens NATS whatever the signature begins with") {
  // One signature of 256 begins with a byte of 0, which nats.c left out.
  for (auto i = 0; i < 600; ++i)
    REQUIRE_NOTHROW(client{nats.url(), settings});
}

TEST_CASE("with a wrong password a server does not become ready") {
  auto nats = nats_server{"authorization { user: ann, password: hush }"};
  check_refused({"--nats-url", nats.url(), "--nats-user", "ann",
                 "--nats-password", "loud"},
                "loud");
}

TEST_CASE(
    "a server whose password is changed while it runs ends and says why") {
  auto nats = nats_server{"authorization { user: ann, password: hush }"};
  auto process = sluice_process{{"--nats-url", nats.url(), "--nats-user", "ann",
                                 "--nats-password", "hush",
                                 "--nats-reconnect-wait-ms", "20"}};
  SECTION("with a reload") {
    nats.configure("authorization { user: ann, password: changed }");
    nats.reload();
  }
  SECTION("with a restart") {
    nats.stop();
    nats.configure("authorization { user: ann, password: changed }");
    nats.start();
  }
  CHECK(process.wait() == 1);
  CHECK(process.log().contains("the connection to NATS is closed for good: "
                               "cannot connect to NATS at "));
  CHECK(process.log().contains("uthorization Violation"));
  CHECK(process.log().contains("stopped"));
  CHECK(!process.log().contains("hush"));
}

TEST_CASE("without credentials a server does not become ready") {
  auto nats = nats_server{"authorization { token: hush }"};
  check_refused({"--nats-url", nats.url()}, "hush");
}

} // namespace sluice::tests
