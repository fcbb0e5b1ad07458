#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/raw_nats_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

/// What runs for a database, and how it ends before it is done.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

constexpr auto endless_body
    = R"({"sql":"WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k"})";

struct running_fixture : app_server {
  std::string running() {
    return remote.request("sluice.db.app.running", "").body();
  }
  void await_running(const std::string& part) {
    wait_until(part, seconds{20},
               [this, &part] { return running().contains(part); });
  }
  /// A client that sends a query without an end, and can be ended.
  std::unique_ptr<raw_nats_client> ask_without_end(const std::string& inbox,
                                                   const std::string& header) {
    auto result = std::make_unique<raw_nats_client>(process.url(), inbox);
    result->send("sluice.db.app.query", endless_body, header);
    return result;
  }
};

constexpr auto one = R"("kind":"read")";
constexpr auto none = R"("running":[],"queued":0)";

} // namespace

TEST_CASE_METHOD(running_fixture, "what runs is listed, and ends when asked to",
                 "[integration]") {
  CHECK(running().contains(none));
  const auto asker = ask_without_end("_INBOX.asker", "");
  await_running(one);
  const auto listed = remote.request("sluice.db.app.running", "{}");
  const auto id = listed.at("/running/0/id");
  CHECK(listed.at("/running/0/waiting") == "false");
  CHECK(listed.at("/running/0/sql").contains("WITH RECURSIVE k(i)"));
  CHECK(remote.request("sluice.db.other.cancel", "{\"id\":" + id + "}").code()
        == "not_found");
  CHECK(remote.request("sluice.db.app.cancel", "{}").code() == "bad_request");
  const auto cancelled
      = remote.request("sluice.db.app.cancel", "{\"id\":" + id + "}");
  CHECK(cancelled.at("/cancelled") == "true");
  asker->await("cancelled by db.app.cancel");
  await_running(none);
  CHECK(remote.request("sluice.db.app.cancel", "{\"id\":" + id + "}").code()
        == "not_found");
}

TEST_CASE_METHOD(
    running_fixture,
    "nothing is listed or cancelled of a database that is not there",
    "[integration]") {
  const auto none_there = std::string{R"("there is no database 'nope'")"};
  for (const auto& [endpoint, body] :
       {std::pair{"running", "{}"},
        {"cancel", R"({"id":"0123456789abcdef"})"}}) {
    const auto got
        = remote.request("sluice.db.nope." + std::string{endpoint}, body);
    CHECK(got.code() == "not_found");
    CHECK(got.at("/error") == none_there);
  }
  CHECK(remote.request("sluice.db.app.cancel", R"({"id":"0123456789abcdef"})")
            .code()
        == "not_found");
}

TEST_CASE_METHOD(running_fixture, "a read ends with a requester that is gone",
                 "[integration]") {
  auto asker = ask_without_end("_INBOX.gone", "Sluice-Heartbeat: true");
  await_running(one);
  // It is asked for as long as it lives.
  asker->await("Sluice-Heartbeat: true");
  asker->await("Sluice-Heartbeat: true");
  CHECK(running().contains(one));
  asker.reset();
  await_running(none);
}

} // namespace sluice::tests
