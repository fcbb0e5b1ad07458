#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/gathered_replies.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

/// Others on the same NATS that call themselves `sluice`.
namespace sluice::tests {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto no_further = milliseconds{200};

/// Answers everything with one text: a service as others make them.
class foreign_service : public messaging::message_handler {
public:
  foreign_service(const std::string& url, std::string answer)
      : answer_{std::move(answer)},
        connection_{
            must(messaging::connection::connect({}, url, "test", nullptr))} {}

  void serve(const std::string& subject, const std::string& group) {
    subscriptions_.push_back(
        must(connection_->subscribe(subject, group, *this)));
    must(connection_->sync(seconds{20}));
  }
  void on_message(const messaging::inbound_message& message) noexcept override {
    // Else the one who asks fails.
    if (connection_->publish(std::string{message.reply_to()}.c_str(), answer_))
      connection_->flush();
  }

private:
  std::string answer_;
  std::unique_ptr<messaging::connection> connection_;
  std::vector<std::unique_ptr<messaging::subscription>> subscriptions_;
};

std::string info(const std::string& subject) {
  return R"({"type":"io.nats.micro.v1.info_response","name":"sluice",)"
         R"("id":"FOREIGN","version":"0.0.7","endpoints":[{"name":"x",)"
         R"("subject":")"
         + subject + R"(","queue_group":"q"}]})";
}

using start_mode = sluice_process::start_mode;

/// Whether the log has it by the time the server has ended, which is after it
/// has looked for others.
bool warns(sluice_process& process) {
  CHECK(process.stop() == 0);
  return process.log().contains("another server answers sluice.> at ");
}

} // namespace

TEST_CASE("a second server with the same prefix does not start, and the first "
          "goes on") {
  auto nats = nats_server{};
  auto first
      = sluice_process{{"--nats-url", nats.url(), "--server-name", "host-1"}};
  auto second = sluice_process{{"--nats-url", nats.url()}, start_mode::launch};
  CHECK(second.wait() == 1);
  CHECK(second.out().empty());
  CHECK(second.log().contains("another server answers sluice.> at "));
  CHECK(second.log().contains(": host-1, id "));
  CHECK(second.log().contains(", version "));
  CHECK(second.log().contains("nats.subject_prefix"));
  CHECK(second.log().contains("nats.shared_prefix"));
  auto third = sluice_process{
      {"--nats-url", nats.url(), "--nats-subject-prefix", "third"}};
  CHECK(third.stop() == 0);
  CHECK(!third.log().contains("another server"));
  CHECK(client{nats.url()}.request("sluice.health", "").at("/success")
        == "true");
  CHECK(!warns(first));
}

TEST_CASE("two servers share a prefix where that is wanted") {
  auto nats = nats_server{};
  auto first = sluice_process{{"--nats-url", nats.url()}};
  auto second
      = sluice_process{{"--nats-url", nats.url(), "--nats-shared-prefix"}};
  CHECK(warns(second));
  CHECK(!warns(first));
}

TEST_CASE("a server starts at once after another was killed or has ended") {
  auto nats = nats_server{};
  auto first = sluice_process{{"--nats-url", nats.url()}};
  first.kill();
  auto second = sluice_process{{"--nats-url", nats.url()}};
  CHECK(second.stop() == 0);
  first.start();
  CHECK(!warns(first));
}

TEST_CASE("a foreign service with subjects of Sluice keeps it from starting") {
  auto nats = nats_server{};
  auto foreign = foreign_service{nats.url(), info("sluice.db.*.query")};
  foreign.serve("$SRV.INFO.sluice", "");
  auto process = sluice_process{{"--nats-url", nats.url()}, start_mode::launch};
  CHECK(process.wait() == 1);
  CHECK(process.log().contains("id FOREIGN, version 0.0.7"));
}

TEST_CASE("a foreign service that only has the name of Sluice does no harm") {
  auto nats = nats_server{};
  auto foreign = foreign_service{nats.url(), info("their.subject")};
  for (const auto* subject :
       {"$SRV.PING", "$SRV.PING.sluice", "$SRV.INFO.sluice", "$SRV.STATS"})
    foreign.serve(subject, "");
  auto process = sluice_process{{"--nats-url", nats.url()}};
  // Both answer, as NATS has it.
  for (const auto* subject :
       {"$SRV.PING", "$SRV.PING.sluice", "$SRV.INFO.sluice", "$SRV.STATS"}) {
    CAPTURE(subject);
    const auto got = gather_replies(nats.url(), subject, "", 2, no_further);
    REQUIRE(got.size() == 2);
    CHECK(std::ranges::count_if(
              got,
              [](const reply& each) { return each.at("/id") == "\"FOREIGN\""; })
          == 1);
  }
  auto remote = client{nats.url()};
  remote.create_database("app");
  CHECK(remote.run("app", "SELECT 1 AS x").at("/results") == R"([{"x":1}])");
  CHECK(!warns(process));
}

TEST_CASE("who joins the queue group of Sluice takes a part of the requests, "
          "and the others are served") {
  auto nats = nats_server{};
  auto process = sluice_process{{"--nats-url", nats.url()}};
  {
    auto foreign = foreign_service{nats.url(), "not ours"};
    foreign.serve("sluice.health", "sluice");
    auto ours = 0;
    auto theirs = 0;
    auto remote = client{nats.url()};
    for (auto i = 0; i < 200 && (ours == 0 || theirs == 0); ++i)
      ++(remote.request("sluice.health", "").body() == "not ours" ? theirs
                                                                  : ours);
    CHECK(ours > 0);
    CHECK(theirs > 0);
  }
  auto remote = client{nats.url()};
  for (auto i = 0; i < 20; ++i)
    CHECK(remote.request("sluice.health", "").at("/success") == "true");
  CHECK(process.stop() == 0);
}

} // namespace sluice::tests
