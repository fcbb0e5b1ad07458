#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/server/nats_sample.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <fstream>
#include <mutex>
#include <span>

/// The users of config/nats/users.conf, on a nats-server that runs just that:
/// what each may do works, what it may not is refused.
namespace sluice::tests {

namespace {

using messaging::failure;
using subjects = std::span<const char* const>;

constexpr auto users = std::array{"service", "admin", "frontend", "analyst"};

/// Requests of whoever looks after it all.
constexpr auto of_admin = std::array{"sluice.databases.create",
                                     "sluice.databases.delete",
                                     "sluice.db.app.query",
                                     "sluice.db.app.exec",
                                     "sluice.db.app.migrations.apply",
                                     "sluice.users.create",
                                     "sluice.users.delete",
                                     "sluice.posts.bulk_create",
                                     "sluice.categories.update",
                                     "sluice.stats"};

constexpr auto of_frontend
    = std::array{"sluice.auth.register",  "sluice.auth.login",
                 "sluice.auth.refresh",   "sluice.auth.logout",
                 "sluice.auth.verify",    "sluice.auth.change_password",
                 "sluice.me.get",         "sluice.me.update",
                 "sluice.me.delete",      "sluice.me.posts.list",
                 "sluice.me.posts.create"};

constexpr auto of_analyst = std::array{"sluice.analytics.users",
                                       "sluice.analytics.posts",
                                       "sluice.analytics.trends",
                                       "sluice.users.get",
                                       "sluice.users.list",
                                       "sluice.users.posts",
                                       "sluice.posts.get",
                                       "sluice.posts.list",
                                       "sluice.posts.search",
                                       "sluice.posts.related",
                                       "sluice.categories.list",
                                       "sluice.databases.get",
                                       "sluice.databases.list",
                                       "sluice.db.app.migrations.list",
                                       "sluice.health",
                                       "$SRV.PING",
                                       "$SRV.INFO",
                                       "$SRV.STATS.sluice"};

/// With which one server looks for others.
constexpr auto of_service_and_analyst = std::array{"$SRV.INFO.sluice"};

/// The inbox in which Sluice is answered the parts of a stream.
constexpr auto of_exporter = std::array{"_INBOX_service.x"};

/// What nobody may: other users' inboxes, and what Sluice does not use.
constexpr auto of_nobody = std::array{"other",
                                      "_INBOX.x",
                                      "_INBOX_other.x",
                                      "$SYS.REQ.SERVER.PING",
                                      "$JS.API.INFO",
                                      "$JS.API.STREAM.CREATE.OTHER",
                                      "$JS.API.STREAM.PURGE.SLUICE_EVENTS",
                                      "$JS.ACK.OTHER.worker.1.1.1.1.0"};

/// Whether NATS lets a request pass. Who then answers it, and what, is another
/// matter: many of the services are not there.
bool is_permitted(messaging::connection& as, const char* subject) {
  const auto got
      = as.request(subject, "{}", {}, std::chrono::milliseconds{2'000});
  // A name that none of a user's inboxes has gets no answer either.
  CAPTURE(subject, got ? got->payload : got.error().message);
  if (got || got.error().what == failure::kind::no_responders)
    return true;
  CHECK(got.error().what == failure::kind::not_permitted);
  CHECK(got.error().message.find(subject) != std::string::npos);
  return false;
}

void check_all(messaging::connection& as, subjects asked, bool expected) {
  for (const auto* subject : asked) {
    CAPTURE(subject);
    CHECK(is_permitted(as, subject) == expected);
  }
}

/// Whether NATS takes a subscription.
bool may_listen(const nats_sample& nats, const char* user,
                const std::string& subject) {
  auto connection = client{nats.url(), nats.settings_of(user)};
  auto& as = connection.connection();
  auto handler = recording_handler{};
  const auto subscription = must(as.subscribe(subject, "", handler));
  must(as.sync(patience));
  const auto refusal = as.last_refusal();
  CHECK((refusal.empty() || refusal.find(subject) != refusal.npos));
  return refusal.empty();
}

/// Keeps what the connection has to tell.
class error_observer : public messaging::connection_observer {
public:
  void on_connected(std::string_view) noexcept override {}
  void on_disconnected(std::string_view) noexcept override {}
  void on_reconnected(std::string_view) noexcept override {}
  void on_closed(std::string_view) noexcept override {}
  void on_error(std::string_view, std::string_view reason) noexcept override {
    const auto guard = std::lock_guard{mutex_};
    text_.append(reason).append("\n");
  }
  [[nodiscard]] std::string text() const {
    const auto guard = std::lock_guard{mutex_};
    return text_;
  }

private:
  mutable std::mutex mutex_;
  std::string text_;
};

/// The sample, and a Sluice that serves as the user `service` of it.
struct served_sample {
  nats_sample nats;
  sluice_process process{nats.options_of("service")};
  client admin{nats.url(), nats.settings_of("admin")};

  served_sample() {
    admin.create_database("app");
    admin.run("app", "CREATE TABLE t(x); INSERT INTO t VALUES (7)");
  }
};

} // namespace

TEST_CASE("Sluice serves as the user that the sample has for it") {
  auto served = served_sample{};
  CHECK(served.admin.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":7}])");
  CHECK(served.admin.request("$SRV.PING.sluice", "").at("/name")
        == "\"sluice\"");
  CHECK(served.process.stop() == 0);
  // It needed nothing that it may not have.
  CHECK(!served.process.log().contains("ermissions Violation"));
  CHECK(!served.process.log().contains("error"));
}

TEST_CASE("an admin may send every request, and use no JetStream") {
  auto served = served_sample{};
  auto& as = served.admin.connection();
  check_all(as, of_admin, true);
  check_all(as, of_frontend, true);
  check_all(as, of_analyst, true);
  check_all(as, of_service_and_analyst, true);
  check_all(as, of_exporter, true);
  check_all(as, of_nobody, false);
}

TEST_CASE("a front end may send what its users' tokens decide, and no more") {
  auto served = served_sample{};
  auto own = client{served.nats.url(), served.nats.settings_of("frontend")};
  auto& as = own.connection();
  check_all(as, of_frontend, true);
  check_all(as, of_admin, false);
  check_all(as, of_analyst, false);
  check_all(as, of_service_and_analyst, false);
  check_all(as, of_exporter, false);
  check_all(as, of_nobody, false);
}

TEST_CASE("an analyst may send what reads, and nothing that could write") {
  auto served = served_sample{};
  auto own = client{served.nats.url(), served.nats.settings_of("analyst")};
  auto& as = own.connection();
  check_all(as, of_analyst, true);
  check_all(as, of_service_and_analyst, true);
  CHECK(own.request("sluice.databases.list", "{}").at("/databases/0/name")
        == "\"app\"");
  CHECK(own.request("sluice.health", "").at("/status") == "\"ok\"");
  check_all(as, of_admin, false);
  check_all(as, of_frontend, false);
  check_all(as, of_exporter, false);
  check_all(as, of_nobody, false);
  // What was refused did nothing.
  CHECK(!as.request("sluice.db.app.exec", R"({"sql":"DROP TABLE t"})", {},
                    patience)
             .has_value());
  CHECK(served.admin.run("app", "SELECT x FROM t").at("/results")
        == R"([{"x":7}])");
}

TEST_CASE("Sluice may reply, and send no requests") {
  const auto nats = nats_sample{};
  auto own = client{nats.url(), nats.settings_of("service")};
  auto& as = own.connection();
  check_all(as, of_service_and_analyst, true);
  check_all(as, of_admin, false);
  check_all(as, of_frontend, false);
  check_all(as, of_analyst, false);
  check_all(as, of_nobody, false);
}

TEST_CASE("a front end cannot make Sluice publish what it may not itself") {
  auto served = served_sample{};
  auto own = client{served.nats.url(), served.nats.settings_of("frontend")};
  auto& as = own.connection();
  constexpr auto forged
      = std::array{"sluice.events.app.users.delete", "sluice.db.app.exec",
                   "sluice.stats", "$JS.API.STREAM.PURGE.SLUICE_EVENTS"};
  for (const auto* subject : forged)
    must(as.publish("sluice.me.get", "{}", {}, subject));
  must(as.sync(patience));
  wait_until("all of them are counted", patience, [&served, &forged] {
    return served.admin.request("sluice.stats", "").at("/replies_refused")
           == std::to_string(forged.size());
  });
  // NATS did not have to refuse any.
  CHECK(served.admin.request("sluice.stats", "").at("/nats_refusals") == "0");
  CHECK(own.request("sluice.me.get", "{}").code() == "unauthenticated");
}

TEST_CASE("nobody may listen to requests, or to the replies of others") {
  const auto nats = nats_sample{};
  for (const auto* user : users) {
    CAPTURE(user);
    for (const auto* subject : {">", "*", "*.>", "sluice.>", "sluice.events.>",
                                "_INBOX.>", "$JS.>"}) {
      CAPTURE(subject);
      CHECK(!may_listen(nats, user, subject));
    }
    for (const auto* other : users) {
      CAPTURE(other);
      const auto inbox = "_INBOX_" + std::string{other};
      CHECK(may_listen(nats, user, inbox + ".>")
            == (std::string_view{user} == other));
    }
    const auto is_service = std::string_view{user} == "service";
    for (const auto* subject :
         {"sluice.db.>", "sluice.auth.login", "sluice.me.>", "sluice.health"}) {
      CAPTURE(subject);
      CHECK(may_listen(nats, user, subject) == is_service);
    }
  }
}

TEST_CASE("a client hears of a refusal as an error of its connection, and gets "
          "no reply") {
  auto served = served_sample{};
  auto observer = error_observer{};
  auto settings = served.nats.settings_of("frontend");
  const auto as = must(messaging::connection::connect(
      settings, served.nats.url(), "test", &observer));
  auto handler = recording_handler{};
  const auto replies = must(as->subscribe("_INBOX_frontend.mine", "", handler));
  const auto got = as->request("sluice.db.app.query", R"({"sql":"SELECT 1"})",
                               {}, patience);
  REQUIRE(!got.has_value());
  CHECK(got.error().what == failure::kind::not_permitted);
  wait_until("the connection tells it", patience, [&observer] {
    return observer.text().contains(
        R"(Permissions Violation for Publish to "sluice.db.app.query")");
  });
  CHECK(handler.count() == 0);
  // The connection is none the worse.
  CHECK(is_permitted(*as, "sluice.me.get"));
}

TEST_CASE("with the usual inbox a user of the sample gets no replies") {
  auto served = served_sample{};
  auto settings = served.nats.settings_of("analyst");
  settings.inbox_prefix.clear();
  auto own = client{served.nats.url(), settings};
  const auto got = own.connection().request("sluice.health", "", {}, patience);
  REQUIRE(!got.has_value());
  CHECK(got.error().what == failure::kind::not_permitted);
  CHECK(got.error().message.contains("Subscription to \"_INBOX."));
}

TEST_CASE("without a password, or with a wrong one, nobody gets in") {
  const auto nats = nats_sample{};
  for (const auto* user : users) {
    CAPTURE(user);
    auto settings = nats.settings_of(user);
    const auto connect = [&] {
      return messaging::connection::connect(settings, nats.url(), "test",
                                            nullptr)
          .has_value();
    };
    CHECK(connect());
    settings.password = "wrong";
    CHECK(!connect());
    settings.user.clear();
    settings.password.clear();
    CHECK(!connect());
  }
}

TEST_CASE("with verify taken in, a client of the sample needs a certificate") {
  const auto directory = temporary_directory{};
  auto text = read_text_file(nats_sample_folder() + "/server.conf");
  const auto comment = std::string{"# verify: true"};
  const auto place = text.find(comment);
  REQUIRE(place != text.npos);
  text.replace(place, comment.size(), "verify: true");
  const auto include = std::string{"include \"users.conf\""};
  const auto users_place = text.find(include);
  REQUIRE(users_place != text.npos);
  // A copy of the users goes with the copy of the server.
  std::ofstream{directory.path() / "users.conf"}
      << read_text_file(nats_sample_folder() + "/users.conf");
  const auto file = (directory.path() / "server.conf").string();
  std::ofstream{file} << text;
  const auto nats = nats_sample{file};
  auto settings = nats.settings_of("admin");
  CHECK(!messaging::connection::connect(settings, nats.url(), "test", nullptr)
             .has_value());
  // Any that the authority has signed for a client.
  settings.tls_certificate_file = nats.certificate("client.pem");
  settings.tls_key_file = nats.certificate("client.key");
  CHECK(messaging::connection::connect(settings, nats.url(), "test", nullptr)
            .has_value());
}

} // namespace sluice::tests
