#include "messaging/child_process.hpp"
#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

/// The nats-server that `sluice serve` runs by itself.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

pid_t child_of(const sluice_process& process) {
  auto id = pid_t{0};
  std::ifstream{process.data() + "/nats/nats-server.pid"} >> id;
  return id;
}

bool is_alive(pid_t process) {
  // A process that nobody has waited for yet is no more alive.
  const auto status
      = read_text_file("/proc/" + std::to_string(process) + "/status");
  return !status.empty() && !status.contains("State:\tZ");
}

} // namespace

TEST_CASE("the server's own NATS has JetStream") {
  auto app = app_server{};
  const auto info = app.remote.request("$JS.API.INFO", "");
  CHECK(info.at("/type")
        == "\"io.nats.jetstream.api.v1.account_info_response\"");
  CHECK(info.at("/error") == "(none)");
  CHECK(std::filesystem::exists(app.process.data() + "/nats/jetstream"));
}

TEST_CASE("the server's own NATS ends with it") {
  auto process = sluice_process{};
  const auto child = child_of(process);
  REQUIRE(is_alive(child));
  CHECK(process.stop() == 0);
  CHECK(!is_alive(child));
}

TEST_CASE("Control-C reaches Sluice alone, so that NATS lasts for the drain") {
  auto process = sluice_process{};
  const auto child = child_of(process);
  // The terminal signals a process group.
  CHECK(::getpgid(child) != ::getpgid(process.id()));
}

TEST_CASE("NATS is started again when it is killed, and requests work") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  for (auto i = 0; i < 2; ++i) {
    const auto before = child_of(app.process);
    REQUIRE(::kill(before, SIGKILL) == 0);
    wait_until("another nats-server runs", seconds{30}, [&app, before] {
      return child_of(app.process) != before && child_of(app.process) > 0;
    });
    wait_until("a request is answered", seconds{30}, [&app] {
      const auto got = app.remote.connection().request(
          "sluice.db.app.query", query_body("INSERT INTO t VALUES (1)"), {},
          seconds{1});
      return got && got->header("Nats-Service-Error").empty();
    });
  }
  CHECK(app.process.log().contains("was ended by signal 9"));
  CHECK(app.process.log().contains("nats-server runs again"));
  // The last of its connections may come a moment later.
  app.process.await_log("connected to NATS again");
  CHECK(app.process.stop() == 0);
}

TEST_CASE("after kill -9 NATS ends, and the same port and data serve again") {
  auto process = sluice_process{};
  const auto url = process.url();
  {
    auto remote = client{url};
    remote.create_database("app");
    remote.run("app", "CREATE TABLE t(x); INSERT INTO t VALUES (7)");
  }
  const auto child = child_of(process);
  process.kill();
  wait_until("the nats-server ends", seconds{20},
             [child] { return !is_alive(child); });
  auto again = sluice_process{
      {"--data", process.data(), "--nats-listen", url.substr(7)}};
  CHECK(again.url() == url);
  auto remote = client{url};
  CHECK(remote.run("app", "SELECT x FROM t").at("/results") == R"([{"x":7}])");
}

TEST_CASE("a restart at once after kill -9 gets the port") {
  auto process = sluice_process{};
  const auto url = process.url();
  process.kill();
  // The nats-server may only be about to end.
  auto again = sluice_process{
      {"--data", process.data(), "--nats-listen", url.substr(7)}};
  CHECK(again.url() == url);
  CHECK(client{url}.request("sluice.health", "").at("/success") == "true");
}

TEST_CASE("a program that fails to start again is tried until it does") {
  const auto directory = temporary_directory{};
  const auto program = directory.path() / "nats-server";
  const auto real = must(messaging::find_program("nats-server"));
  std::filesystem::create_symlink(real, program);
  auto app = app_server{{"--nats-server-program", program.string()}};
  const auto before = child_of(app.process);
  std::filesystem::remove(program);
  REQUIRE(::kill(before, SIGKILL) == 0);
  wait_until("a failure is told", seconds{30}, [&app] {
    return app.process.log().contains("could not be started again");
  });
  std::filesystem::create_symlink(real, program);
  wait_until("a request is answered", seconds{30}, [&app] {
    return app.remote.connection()
        .request("sluice.health", "", {}, seconds{1})
        .has_value();
  });
  CHECK(app.process.stop() == 0);
}

} // namespace sluice::tests
