#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/process_state.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <set>

/// A NATS server that is started again and again while clients write.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

/// Writes that are under way at a time.
constexpr auto window = std::size_t{64};
constexpr auto restarts = 6;

/// Writes the numbers 0, 1, … of its own, each with an id, and sends those
/// again that have had no answer when it is told to.
class writer {
public:
  writer(const std::string& url, std::string name)
      : requests_{url}, name_{std::move(name)} {}

  /// Sends some more; not beyond what may be under way.
  void go_on() {
    while (under_way() < window)
      send(next_++);
  }
  /// Sends again what has no answer yet: a client whose patience is over.
  void send_again() {
    settle();
    for (const auto row : std::set<int>{pending_.begin(), pending_.end()})
      if (!acknowledged_.contains(row))
        send(row);
  }
  void settle() {
    for (auto each = numbers_.begin(); each != numbers_.end();) {
      const auto answer = requests_.at(each->first);
      if (answer.count == 0) {
        ++each;
        continue;
      }
      // 503: nobody was there.
      if (answer.error == 0)
        acknowledged_.insert(each->second);
      else
        REQUIRE((answer.error == 503 || answer.error == 429));
      each = numbers_.erase(each);
    }
    std::erase_if(pending_,
                  [this](int row) { return acknowledged_.contains(row); });
  }
  [[nodiscard]] bool is_done() {
    settle();
    return pending_.empty();
  }
  [[nodiscard]] std::size_t under_way() {
    settle();
    return pending_.size();
  }
  [[nodiscard]] const std::set<int>& acknowledged() const {
    return acknowledged_;
  }
  [[nodiscard]] int sent() const {
    return next_;
  }
  [[nodiscard]] std::size_t duplicates() const {
    return requests_.duplicates();
  }

private:
  void send(int row) {
    const auto number
        = requests_.send("sluice.db.app.query",
                         query_body("INSERT INTO t VALUES ('" + name_ + "', "
                                    + std::to_string(row) + ")"),
                         name_ + "-" + std::to_string(row));
    numbers_.emplace(number, row);
    pending_.insert(row);
  }

  unawaited_requests requests_;
  std::string name_;
  int next_ = 0;
  /// Numbers of requests without an answer, and what they write.
  std::map<std::size_t, int> numbers_;
  std::set<int> pending_;
  std::set<int> acknowledged_;
};

} // namespace

TEST_CASE("NATS is restarted under load, and every acknowledged write is there "
          "once") {
  auto nats = nats_server{};
  auto process = sluice_process{
      {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20"}};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(who, n)");
  auto one = writer{nats.url(), "one"};
  auto two = writer{nats.url(), "two"};
  for (auto round = 1; round <= restarts; ++round) {
    const auto before = one.acknowledged().size() + two.acknowledged().size();
    wait_until("both write", patience, [&one, &two, before] {
      one.go_on();
      two.go_on();
      return one.acknowledged().size() + two.acknowledged().size()
             > before + 200;
    });
    // While much is under way.
    if (round % 2 == 0)
      nats.stop();
    else
      nats.kill();
    nats.start();
    wait_until("Sluice is connected again", patience, [&process, round] {
      return count_in(process.log(), "connected to NATS again") >= round;
    });
    wait_until("it is healthy", patience, [&remote] {
      return remote.connection()
          .request("sluice.health", "", {}, seconds{1})
          .has_value();
    });
    // What got lost with the old server has no answer, and is sent again.
    one.send_again();
    two.send_again();
  }
  auto asked = std::chrono::steady_clock::now();
  wait_until("all is acknowledged", patience, [&one, &two, &asked] {
    if (one.is_done() && two.is_done())
      return true;
    // A request that was sent before the others were back is lost as well; a
    // client gives an answer some time to come.
    if (const auto now = std::chrono::steady_clock::now();
        now - asked >= std::chrono::milliseconds{200}) {
      one.send_again();
      two.send_again();
      asked = now;
    }
    return false;
  });
  for (auto* each : {&one, &two})
    CHECK(each->acknowledged().size()
          == static_cast<std::size_t>(each->sent()));
  const auto total = std::to_string(one.sent() + two.sent());
  const auto got = remote.run(
      "app", "SELECT count(*) AS n, count(DISTINCT who || n) AS m FROM t");
  CHECK(got.at("/results/0/n") == total);
  CHECK(got.at("/results/0/m") == total);
  CHECK(remote.request("sluice.health", "").at("/status") == "\"ok\"");
  CHECK(remote.request("sluice.stats", "").at("/requests_in_flight") == "0");
  CHECK(process.stop() == 0);
}

TEST_CASE("writes without an id are done at most once when NATS is restarted "
          "under load") {
  auto nats = nats_server{};
  auto process = sluice_process{
      {"--nats-url", nats.url(), "--nats-reconnect-wait-ms", "20"}};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(n)");
  auto requests = unawaited_requests{nats.url()};
  auto sent = std::size_t{0};
  for (auto round = 1; round <= restarts; ++round) {
    const auto before = requests.count_of(0);
    wait_until("writes are acknowledged", patience, [&requests, &sent, before] {
      for (auto i = 0; i < 20; ++i)
        requests.send("sluice.db.app.query",
                      query_body("INSERT INTO t VALUES ("
                                 + std::to_string(sent++) + ")"));
      return requests.count_of(0) > before + 100;
    });
    nats.kill();
    nats.start();
    wait_until("Sluice is connected again", patience, [&process, round] {
      return count_in(process.log(), "connected to NATS again") >= round;
    });
  }
  wait_until("nothing is under way", patience, [&remote] {
    const auto got
        = remote.connection().request("sluice.stats", "", {}, seconds{1});
    return got && reply{*got}.at("/requests_in_flight") == "0";
  });
  const auto rows = remote.run(
      "app", "SELECT count(*) AS n, count(DISTINCT n) AS m FROM t");
  CHECK(rows.at("/results/0/n") == rows.at("/results/0/m"));
  CHECK(requests.duplicates() == 0);
  for (auto i = std::size_t{0}; i < sent; ++i)
    if (const auto answer = requests.at(i);
        answer.count > 0 && answer.error == 0) {
      const auto found = remote.run("app", "SELECT count(*) AS n FROM t WHERE "
                                           "n = "
                                               + std::to_string(i));
      REQUIRE(found.at("/results/0/n") == "1");
    }
  CHECK(process.stop() == 0);
}

} // namespace sluice::tests
