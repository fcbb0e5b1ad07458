#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

/// Floods of requests for one database, which are led around those for others.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

/// With it a few requests that wait are a queue that is too long.
std::vector<std::string> with_short_queue(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--nats-pending-messages-max", "64"});
  return more;
}

std::string diverted(client& remote) {
  return std::string{
      remote.request("sluice.stats", "").at("/databases_diverted")};
}

/// Requests for the database `app` that nobody waits for.
class flood {
public:
  explicit flood(const std::string& url) : requests_{url} {
    // nop
  }
  void go_on(std::size_t count = 2'000) {
    for (auto i = std::size_t{0}; i < count; ++i, ++sent_)
      requests_.send(
          "sluice.db.app.query",
          query_body("INSERT INTO t VALUES (" + std::to_string(sent_) + ")"));
  }
  /// @return whether the database is led around the others then.
  bool go_on_until_diverted(client& remote) {
    for (auto i = 0; i < 50; ++i) {
      go_on();
      if (diverted(remote) == "1")
        return true;
    }
    return false;
  }
  void await_answers() {
    wait_until("all are answered", seconds{60},
               [this] { return requests_.answered() == sent_; });
  }
  /// Each has one answer, and what was answered with success is there, once.
  void check(client& remote) {
    await_answers();
    CHECK(requests_.duplicates() == 0);
    CHECK(requests_.count_of(0) + requests_.count_of(429) == sent_);
    CHECK(requests_.count_of(0) > 0);
    CHECK(remote
              .run("app", "SELECT count(*) AS n, count(DISTINCT x) AS d "
                          "FROM t")
              .at("/results")
          == "[{\"n\":" + std::to_string(requests_.count_of(0))
                 + ",\"d\":" + std::to_string(requests_.count_of(0)) + "}]");
  }

private:
  unawaited_requests requests_;
  std::size_t sent_ = 0;
};

std::vector<std::string> at(const nats_server& nats) {
  return with_short_queue(
      {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20"});
}

} // namespace

TEST_CASE("a flood is led around others, and each of its requests is answered "
          "once") {
  for (const auto* partitions : {"0", "8"}) {
    CAPTURE(partitions);
    auto app = app_server{with_short_queue({"--nats-partitions", partitions})};
    app.run("CREATE TABLE t(x)");
    CHECK(diverted(app.remote) == "0");
    auto requests = flood{app.process.url()};
    CHECK(requests.go_on_until_diverted(app.remote));
    app.process.await_log("too many requests come for the database app");
    requests.go_on();
    requests.check(app.remote);
  }
}

TEST_CASE("when a flood is over its database shares a connection again") {
  auto app = app_server{with_short_queue()};
  app.run("CREATE TABLE t(x)");
  auto requests = flood{app.process.url()};
  REQUIRE(requests.go_on_until_diverted(app.remote));
  wait_until("it is led around no longer", seconds{60},
             [&app] { return diverted(app.remote) == "0"; });
  CHECK(app.process.log().contains(
      "the database app shares a connection with others again"));
  requests.check(app.remote);
  // The next one is led around as well.
  CHECK(requests.go_on_until_diverted(app.remote));
  requests.check(app.remote);
}

TEST_CASE("without spare connections floods are led around nothing") {
  auto app = app_server{with_short_queue({"--nats-spare-connections", "0"})};
  app.run("CREATE TABLE t(x)");
  auto requests = flood{app.process.url()};
  requests.go_on(20'000);
  CHECK(diverted(app.remote) == "0");
  requests.check(app.remote);
}

TEST_CASE("a flood that is led around is served after an outage of NATS") {
  auto nats = nats_server{};
  auto app = app_server{at(nats)};
  app.run("CREATE TABLE t(x)");
  auto requests = flood{nats.url()};
  REQUIRE(requests.go_on_until_diverted(app.remote));
  requests.await_answers();
  nats.stop();
  nats.start();
  auto remote = client{nats.url()};
  wait_until("it is served again", seconds{30}, [&remote] {
    return remote.connection()
        .request("sluice.db.app.query", query_body("SELECT 1"), {}, seconds{1})
        .has_value();
  });
  auto more = flood{nats.url()};
  remote.run("app", "DELETE FROM t");
  more.go_on();
  more.check(remote);
}

TEST_CASE("a server whose spare connections may not take a database leaves it "
          "where it is, and says so") {
  const auto permitting = [](const std::string& permissions) {
    return "authorization { users: [ { user: sluice, password: s, "
           "permissions: { "
           + permissions + " } }, { user: app, password: a } ] }";
  };
  auto nats = nats_server{
      permitting("subscribe: { deny: \"sluice.db.app.> sluice\" }")};
  auto options = at(nats);
  options.insert(options.end(),
                 {"--nats-user", "sluice", "--nats-password", "s"});
  const auto process = sluice_process{options};
  const auto url = "nats://app:a@" + nats.host_and_port();
  auto remote = client{url};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  auto requests = flood{url};
  for (auto i = 0; i < 50 && !process.log().contains("of its own"); ++i)
    requests.go_on();
  process.await_log("no database gets a connection of its own any more");
  CHECK(process.log().contains("Subscription to \"sluice.db.app.>\""));
  CHECK(diverted(remote) == "0");
  requests.check(remote);
}

TEST_CASE("a server that is told to end during a flood answers what has come") {
  for (const auto* spare : {"0", "2"}) {
    CAPTURE(spare);
    // Partitions have threads of their own, which are drained in another way.
    auto nats = nats_server{R"(mappings: {
  "sluice.db.*.>": "sluice.partition.{{partition(8,1)}}.db.{{wildcard(1)}}.>"
})"};
    auto options = at(nats);
    options.insert(options.end(), {"--nats-spare-connections", spare,
                                   "--nats-partitions", "8"});
    auto app = app_server{options};
    app.run("CREATE TABLE t(x)");
    auto requests = flood{nats.url()};
    requests.go_on(20'000);
    CHECK(app.process.stop() == 0);
    requests.await_answers();
  }
}

} // namespace sluice::tests
