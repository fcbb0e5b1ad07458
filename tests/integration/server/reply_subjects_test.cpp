#include "tests/integration/messaging/recording_handler.hpp"
#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

/// Which subjects a client can make Sluice publish to, where NATS itself
/// permits all of them.
namespace sluice::tests {

namespace {

std::string replies_refused(client& remote) {
  return remote.request("sluice.stats", "").at("/replies_refused");
}

} // namespace

TEST_CASE("a request that names another service's subject for its reply is not "
          "executed") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto& connection = app.remote.connection();
  auto listener = recording_handler{};
  constexpr auto forged
      = std::array{"$JS.API.STREAM.PURGE.SLUICE_EVENTS",
                   "sluice.events.app.users.delete", "$SRV.PING.other"};
  auto heard = std::vector<std::unique_ptr<messaging::subscription>>{};
  for (const auto* subject : forged)
    heard.push_back(must(connection.subscribe(subject, "", listener)));
  must(connection.sync(patience));
  for (const auto* subject : forged) {
    must(connection.publish("sluice.db.app.query",
                            query_body("INSERT INTO t VALUES (1)"), {},
                            subject));
    must(connection.publish("$SRV.PING.sluice", "", {}, subject));
  }
  must(connection.sync(patience));
  wait_until("all of them are counted", patience, [&app, &forged] {
    return replies_refused(app.remote) == std::to_string(2 * forged.size());
  });
  CHECK(listener.count() == 0);
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
  app.process.await_log("their reply subject is refused");
}

TEST_CASE("a write that asks for no reply is executed") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  must(app.remote.connection().publish(
      "sluice.db.app.query", query_body("INSERT INTO t VALUES (1)"), {}));
  wait_until("it is there", patience, [&app] {
    return app.results("SELECT count(*) AS n FROM t") == R"([{"n":1}])";
  });
  CHECK(replies_refused(app.remote) == "0");
}

TEST_CASE("where reply prefixes are set, others get no reply") {
  auto app = app_server{{"--nats-reply-prefixes", "_INBOX, answers"}};
  auto& connection = app.remote.connection();
  auto listener = recording_handler{};
  const auto first = must(connection.subscribe("answers.1", "", listener));
  const auto second = must(connection.subscribe("events.1", "", listener));
  must(connection.sync(patience));
  must(connection.publish("sluice.health", "", {}, "events.1"));
  must(connection.publish("sluice.health", "", {}, "answers.1"));
  connection.flush();
  wait_until("the other one comes", patience,
             [&listener] { return listener.count() == 1; });
  wait_until("the first is counted", patience,
             [&app] { return replies_refused(app.remote) == "1"; });
  CHECK(listener.count() == 1);
}

} // namespace sluice::tests
