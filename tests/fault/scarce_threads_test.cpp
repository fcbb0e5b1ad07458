#include "messaging/child_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <unistd.h>

#include <csignal>
#include <filesystem>

/// A limit of threads (a container's limit of pids), which `sluice serve` meets
/// at its start or on its way.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

/// The limit counts all threads of a user and does not hold for root, so root
/// starts the server as a user that nobody else is.
uid_t user_for_server() {
  constexpr auto first = uid_t{60'000};
  return ::geteuid() == 0 ? first + static_cast<uid_t>(::getpid()) % 5'000
                          : ::geteuid();
}

/// @param threads_max none: no limit.
std::vector<std::string> launcher(const std::string& threads_max) {
  // LeakSanitizer looks for leaks on a thread of its own, and has the program
  // fail where it gets none.
  auto words
      = std::vector<std::string>{"/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0"};
  if (::geteuid() == 0) {
    const auto user = std::to_string(user_for_server());
    words.insert(words.end(), {"/usr/bin/setpriv", "--reuid=" + user,
                               "--regid=" + user, "--clear-groups"});
  }
  if (!threads_max.empty())
    words.insert(words.end(), {"/usr/bin/prlimit", "--nproc=" + threads_max});
  return words;
}

/// A server that is not root, on a NATS server that is not limited.
struct limited_server {
  explicit limited_server(const std::string& threads_max = {})
      : process{{"--nats-url", nats.url()},
                sluice_process::start_mode::later,
                launcher(threads_max)} {
    const auto data = fs::path{process.data()};
    fs::create_directories(data);
    fs::permissions(data.parent_path(),
                    fs::perms::owner_all | fs::perms::others_exec);
    REQUIRE(::chown(data.c_str(), user_for_server(), user_for_server()) == 0);
  }

  /// From now on it gets no further thread.
  void take_threads() const {
    // By the same user: root may lack the right to do it to others.
    auto words = launcher({});
    words.insert(words.end(), {"/usr/bin/prlimit", "--nproc=1:1", "--pid",
                               std::to_string(process.id())});
    const auto program = words.front();
    words.erase(words.begin());
    auto limiting = tests::must(
        messaging::child_process::start(program, words, "/dev/null"));
    REQUIRE(limiting.wait(patience));
    REQUIRE(limiting.exit_status() == 0);
  }

  nats_server nats;
  sluice_process process;
};

} // namespace

TEST_CASE("a server that gets no further thread ends in order") {
  auto limited = limited_server{};
  limited.process.start();
  auto remote = client{limited.nats.url()};
  remote.create_database("app");
  remote.run("app", "CREATE TABLE t(x)");
  limited.take_threads();
  CHECK(limited.process.stop() == 0);
  CHECK(limited.process.log().contains("stopped"));
}

TEST_CASE("a second signal ends a server that gets no further thread") {
  auto limited = limited_server{};
  limited.process.start();
  auto remote = client{limited.nats.url()};
  remote.create_database("app");
  // Its writer has a thread from here on.
  remote.run("app", "CREATE TABLE t(x)");
  limited.take_threads();
  constexpr auto endless
      = R"({"sql":"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 )"
        R"(FROM c) SELECT count(*) FROM c"})";
  must(remote.connection().publish("sluice.db.app.query", endless, {},
                                   "nobody.listens"));
  remote.connection().flush();
  wait_until("it runs", std::chrono::seconds{20}, [&remote] {
    return remote.request("sluice.stats", "").at("/requests_in_flight") != "0";
  });
  ::kill(limited.process.id(), SIGTERM);
  limited.process.await_log("stopping");
  CHECK(limited.process.stop() == 1);
}

TEST_CASE("a server that gets too few threads for its start ends with status 1 "
          "and says why") {
  // Each thread that it makes while it starts is once the first that fails.
  for (const auto* most : {"1", "2", "3", "4", "6", "8", "10", "14", "18"}) {
    CAPTURE(most);
    auto limited = limited_server{most};
    limited.process.launch();
    CHECK(limited.process.wait() == 1);
    INFO(limited.process.log());
    CHECK(limited.process.out().empty());
    CHECK(limited.process.log().contains("cannot start: "));
  }
}

} // namespace sluice::tests
