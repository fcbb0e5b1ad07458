#include "messaging/reply_stream.hpp"
#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <csignal>
#include <thread>

/// Requests whose time is over before they are looked at.
namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::string unix_ms(milliseconds ago) {
  const auto now = std::chrono::duration_cast<milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return std::to_string((now - ago).count());
}

} // namespace

TEST_CASE("a write that came while the process stood still, and whose time is "
          "over, is not executed") {
  auto nats = nats_server{};
  auto process = sluice_process{{"--nats-url", nats.url()}};
  auto remote = client{nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  ::kill(process.id(), SIGSTOP);
  const auto stopped = std::chrono::steady_clock::now();
  auto& connection = remote.connection();
  const auto send = [&connection](const std::string& sql,
                                  const char* timeout_ms) {
    const auto headers
        = std::vector<messaging::header>{{"Sluice-Timeout-Ms", timeout_ms}};
    return must(messaging::reply_stream::request(
        connection, "sluice.db.app.query", query_body(sql), headers));
  };
  auto hasty = send("INSERT INTO t VALUES (1)", "2000");
  auto patient = send("INSERT INTO t VALUES (2)", "30000");
  // The NATS server has them, and the socket of the stopped process.
  must(connection.sync(60s));
  std::this_thread::sleep_until(stopped + 2500ms);
  ::kill(process.id(), SIGCONT);
  const auto refused = must(hasty->next(60s)).payload;
  CHECK(refused.contains("\"timeout\""));
  CHECK(refused.contains("it was not executed"));
  CHECK(must(patient->next(60s)).payload.contains("\"success\":true"));
  CHECK(remote.run("app", "SELECT x FROM t").at("/results") == R"([{"x":2}])");
  // It goes on as before.
  CHECK(must(send("INSERT INTO t VALUES (3)", "2000")->next(60s))
            .payload.contains("\"success\":true"));
  CHECK(process.stop() == 0);
}

TEST_CASE("a request counts its time from when it was sent, if it says so") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto insert = query_body("INSERT INTO t VALUES (1)");
  const auto send = [&](const std::string& sent) {
    return app.query(insert,
                     {{"Sluice-Timeout-Ms", "5000"}, {"Sluice-Sent-Ms", sent}});
  };
  CHECK(send(unix_ms(0ms)).at("/success") == "true");
  // A clock that is ahead.
  CHECK(send(unix_ms(-1h)).at("/success") == "true");
  const auto refused = failure_of(send(unix_ms(1min)));
  CHECK(refused.starts_with("timeout "));
  CHECK(refused.contains("Sluice-Sent-Ms"));
  CHECK(failure_of(send("yesterday")).starts_with("bad_request "));
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":2}])");
}

} // namespace sluice::tests
