#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

/// A NATS server that does not permit Sluice all that it needs.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;
using std::chrono::seconds;

/// The user `sluice` with permissions, and `app` who may do everything.
std::string with_permissions(const std::string& permissions) {
  return "authorization { users: [ { user: sluice, password: s, permissions: { "
         + permissions + " } }, { user: app, password: a } ] }";
}

std::vector<std::string> as_sluice(const nats_server& nats) {
  return {"--nats-url",
          nats.url(),
          "--nats-user",
          "sluice",
          "--nats-password",
          "s",
          "--nats-reconnect-wait-ms",
          "20"};
}

std::string as_app(const nats_server& nats) {
  return "nats://app:a@" + nats.host_and_port();
}

} // namespace

TEST_CASE("a server that may not subscribe to what it serves does not start, "
          "and names the subject") {
  for (const auto* subject : {"sluice.db.>", "sluice.databases.>",
                              "sluice.health", "sluice.stats", "$SRV.*"}) {
    CAPTURE(subject);
    auto nats = nats_server{with_permissions("subscribe: { deny: \""
                                             + std::string{subject} + "\" }")};
    auto process = sluice_process{as_sluice(nats), start_mode::launch};
    CHECK(process.wait() == 1);
    CHECK(process.out().empty());
    CHECK(process.log().contains("cannot start: NATS at " + nats.url()
                                 + " does not permit what Sluice needs"));
    CHECK(process.log().contains("Permissions Violation for Subscription to \""
                                 + std::string{subject} + "\""));
  }
}

TEST_CASE("every subject that a server may not subscribe to is in the log") {
  auto nats = nats_server{with_permissions("subscribe: [\"sluice.db.>\"]")};
  auto process = sluice_process{as_sluice(nats), start_mode::launch};
  CHECK(process.wait() == 1);
  for (const auto* subject : {"sluice.databases.>", "sluice.health",
                              "sluice.stats", "$SRV.*", "$SRV.*.sluice"})
    CHECK(process.log().contains("Subscription to \"" + std::string{subject}
                                 + "\""));
  CHECK(!process.log().contains("\"sluice.db.>\""));
}

TEST_CASE("a server that starts before a NATS that refuses it ends with it") {
  auto nats = nats_server{with_permissions("subscribe: [\"sluice.db.>\"]")};
  nats.stop();
  auto process = sluice_process{as_sluice(nats), start_mode::launch};
  process.await_log("no NATS server answers");
  nats.start();
  CHECK(process.wait() == 1);
  CHECK(process.out().empty());
  CHECK(process.log().contains("does not permit what Sluice needs"));
}

TEST_CASE("replies that a server may not publish are logged now and then, and "
          "counted") {
  constexpr auto requests = std::size_t{500};
  auto nats = nats_server{
      with_permissions("publish: [\"_INBOX.>\"], subscribe: [\">\"]")};
  auto process = sluice_process{as_sluice(nats)};
  // That is a refusal, too, the first one.
  process.await_log("whether another service answers sluice.> is not known");
  auto remote = client{as_app(nats)};
  auto unheard = unawaited_requests{as_app(nats), "_OTHER"};
  for (auto i = std::size_t{0}; i < requests; ++i)
    unheard.send("sluice.health", "");
  wait_until("all are counted", seconds{30}, [&remote] {
    return remote.request("sluice.stats", "").at("/nats_refusals")
           == std::to_string(requests + 1);
  });
  CHECK(unheard.answered() == 0);
  CHECK(
      process.log().contains("Permissions Violation for Publish to \"_OTHER."));
  const auto lines
      = count_in(process.log(), "Permissions Violation for Publish");
  CHECK(lines >= 1);
  CHECK(lines <= 100);
  // Whoever may be answered is.
  CHECK(remote.request("sluice.health", "").at("/status") == "\"ok\"");
  CHECK(process.stop() == 0);
}

TEST_CASE("a permission that is taken away while a server runs is told, and "
          "works again when it is given back") {
  const auto all = with_permissions("subscribe: [\">\"]");
  auto nats = nats_server{all};
  auto process = sluice_process{as_sluice(nats)};
  auto remote = client{as_app(nats)};
  nats.configure(
      with_permissions("subscribe: { deny: \"sluice.databases.>\" }"));
  nats.reload();
  process.await_log("Subscription to \"sluice.databases.>\"");
  CHECK(remote.request("sluice.health", "").at("/status") == "\"ok\"");
  const auto refused = remote.connection().request(
      "sluice.databases.list", "{}", {}, std::chrono::seconds{5});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().what == messaging::failure::kind::no_responders);
  nats.configure(all);
  nats.stop();
  nats.start();
  wait_until("it is served again", seconds{30}, [&remote] {
    return remote.connection()
        .request("sluice.databases.list", "{}", {}, seconds{1})
        .has_value();
  });
  CHECK(process.stop() == 0);
}

} // namespace sluice::tests
