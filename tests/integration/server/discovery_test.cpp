#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/gathered_replies.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <regex>
#include <set>

/// NATS service discovery, ADR-32.
namespace sluice::tests {

namespace {

using std::chrono::milliseconds;

constexpr auto no_more = milliseconds{200};

/// Checks what all three replies have, and returns the server's id.
std::string check_identity(const reply& got, const std::string& type) {
  CHECK(got.at("/type") == "\"io.nats.micro.v1." + type + "_response\"");
  CHECK(got.at("/name") == "\"sluice\"");
  CHECK(got.at("/metadata/server").size() > 2);
  // Semantic versioning.
  CHECK(std::regex_match(got.at("/version"),
                         std::regex{R"re("\d+\.\d+\.\d+([-+].*)?")re"}));
  const auto id = got.at("/id");
  CHECK(std::regex_match(id, std::regex{R"("[A-Za-z0-9_-]+")"}));
  return id.substr(1, id.size() - 2);
}

struct expected_endpoint {
  std::string name;
  std::string subject;
};

std::vector<expected_endpoint> expected_endpoints() {
  return {{"db_query", "sluice.db.*.query"},
          {"db_exec", "sluice.db.*.exec"},
          {"db_dump", "sluice.db.*.dump"},
          {"databases_create", "sluice.databases.create"},
          {"databases_get", "sluice.databases.get"},
          {"databases_list", "sluice.databases.list"},
          {"databases_delete", "sluice.databases.delete"},
          {"health", "sluice.health"},
          {"stats", "sluice.stats"}};
}

/// Where a reply has an endpoint, as a JSON pointer; empty if it has not.
std::string place_of(const reply& got, const std::string& name) {
  for (auto i = 0;; ++i) {
    auto place = "/endpoints/" + std::to_string(i);
    const auto found = got.at(place + "/name");
    if (found == "(none)")
      return {};
    if (found == "\"" + name + "\"")
      return place;
  }
}

void check_endpoints(const reply& got) {
  for (const auto& [name, subject] : expected_endpoints()) {
    CAPTURE(name);
    const auto place = place_of(got, name);
    REQUIRE(!place.empty());
    CHECK(got.at(place + "/subject") == "\"" + subject + "\"");
    CHECK(got.at(place + "/queue_group") == "\"sluice\"");
  }
}

} // namespace

TEST_CASE("a server answers discovery by all, by name and by id") {
  auto app = app_server{};
  const auto id = check_identity(app.remote.request("$SRV.PING", ""), "ping");
  for (const auto& [verb, type] :
       {std::pair{"PING", "ping"}, {"INFO", "info"}, {"STATS", "stats"}})
    for (const auto& whom :
         {std::string{}, std::string{".sluice"}, ".sluice." + id}) {
      const auto subject = "$SRV." + std::string{verb} + whom;
      CAPTURE(subject);
      CHECK(check_identity(app.remote.request(subject, ""), type) == id);
    }
}

TEST_CASE("discovery of others is left to others") {
  auto app = app_server{};
  for (const auto* subject :
       {"$SRV.PING.other", "$SRV.PING.sluice.OTHER", "$SRV.NOTHING"}) {
    CAPTURE(subject);
    const auto got
        = app.remote.connection().request(subject, "", {}, milliseconds{200});
    CHECK(!got.has_value());
  }
}

TEST_CASE("the info of a server describes its endpoints") {
  auto app = app_server{};
  const auto got = app.remote.request("$SRV.INFO.sluice", "");
  CHECK(got.at("/description").size() > 2);
  check_endpoints(got);
  const auto place = place_of(got, "db_query");
  CHECK(got.at(place + "/metadata/description").size() > 2);
}

TEST_CASE("the statistics of a server count by endpoint") {
  auto app = app_server{};
  for (auto i = 0; i < 4; ++i)
    app.run("SELECT 1");
  CHECK(app.failure("SELEC 1").starts_with("sql_error"));
  const auto got = app.remote.request("$SRV.STATS.sluice", "");
  CHECK(std::regex_match(
      got.at("/started"),
      std::regex{R"("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")"}));
  check_endpoints(got);
  const auto place = place_of(got, "db_query");
  CHECK(got.at(place + "/num_requests") == "5");
  CHECK(got.at(place + "/num_errors") == "1");
  // Not its text, which names what is in a database.
  CHECK(got.at(place + "/last_error") == "\"sql_error\"");
  const auto total = std::stoull(got.at(place + "/processing_time"));
  CHECK(total > 0);
  CHECK(std::stoull(got.at(place + "/average_processing_time")) == total / 5);
  const auto idle = place_of(got, "databases_delete");
  CHECK(got.at(idle + "/num_requests") == "0");
  CHECK(got.at(idle + "/num_errors") == "0");
  CHECK(got.at(idle + "/last_error") == "\"\"");
  CHECK(got.at(idle + "/average_processing_time") == "0");
}

TEST_CASE("the subjects in discovery have the prefix that was chosen") {
  auto process = sluice_process{
      {"--nats-subject-prefix", "my.db", "--nats-queue-group", "ours"}};
  const auto got = client{process.url()}.request("$SRV.INFO", "");
  const auto place = place_of(got, "db_query");
  CHECK(got.at(place + "/subject") == R"("my.db.db.*.query")");
  CHECK(got.at(place + "/queue_group") == R"("ours")");
}

TEST_CASE("every server answers discovery, and one a request") {
  auto nats = nats_server{};
  auto first = sluice_process{{"--nats-url", nats.url(), "--server-name",
                               "first", "--nats-shared-prefix"}};
  auto second = sluice_process{{"--nats-url", nats.url(), "--server-name",
                                "second", "--nats-shared-prefix"}};
  auto ids = std::set<std::string>{};
  for (const auto& got :
       gather_replies(nats.url(), "$SRV.PING", "", 2, no_more))
    ids.insert(check_identity(got, "ping"));
  CHECK(ids.size() == 2);
  for (const auto& id : ids)
    CHECK(gather_replies(nats.url(), "$SRV.INFO.sluice." + id, "", 1, no_more)
              .size()
          == 1);
  auto servers = std::set<std::string>{};
  for (auto i = 0; i < 40 && servers.size() < 2; ++i) {
    const auto got
        = gather_replies(nats.url(), "sluice.health", "", 1, milliseconds{20});
    REQUIRE(got.size() == 1);
    servers.insert(got.front().at("/server"));
  }
  CHECK(servers == std::set<std::string>{"\"first\"", "\"second\""});
  // The one that is left serves all.
  CHECK(first.stop() == 0);
  for (auto i = 0; i < 10; ++i)
    CHECK(client{nats.url()}.request("sluice.health", "").at("/server")
          == "\"second\"");
}

} // namespace sluice::tests
