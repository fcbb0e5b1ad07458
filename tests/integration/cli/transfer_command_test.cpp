#include "messaging/child_process.hpp"
#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/fake_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <signal.h>

#include <chrono>
#include <filesystem>

/// `sluice import` and `sluice export`, before a server that says what the test
/// wants.
namespace sluice::tests {

namespace {

void have_no_ledger(fake_server& server) {
  server.reply_with(R"({"success":true,"results":[{"n":0}]})");
}

} // namespace

TEST_CASE("an import tries again what a busy server has refused") {
  auto server = fake_server{};
  have_no_ledger(server);
  server.fail_with("overloaded", "429", "the queue of this server is full");
  server.fail_with("unavailable", "503", "locked");
  server.reply_with(R"({"success":true,"count":1,"duration":0.5})");
  const auto run = run_cli(server.command({"import", "app", "-"}), "A;");
  CHECK(run.status == 0);
  CHECK(server.requests().size() == 4);
  CHECK(server.requests().back().body == R"({"sql":"A;\n"})");
}

TEST_CASE("an import that is not answered ends with status 3") {
  auto server = fake_server{};
  have_no_ledger(server);
  const auto run = run_cli(
      server.command({"import", "app", "-", "--timeout-ms", "50"}), "A;");
  CHECK(run.status == 3);
  CHECK(run.err.contains("whether these lines are is not known"));
}

TEST_CASE("an import of nothing, or of no file, is refused") {
  auto server = fake_server{};
  have_no_ledger(server);
  const auto empty = run_cli(server.command({"import", "app", "-"}), "-- no");
  CHECK(empty.status == 1);
  CHECK(empty.err == "sluice: standard input holds no SQL statement\n");
  const auto missing = run_cli(server.command({"import", "app", "/none.sql"}));
  CHECK(missing.status == 2);
  CHECK(missing.err
        == "sluice: cannot read /none.sql: No such file or directory\n");
}

TEST_CASE("what is no place for an export is named, and nothing is asked") {
  const auto server = fake_server{};
  const auto output = temporary_directory{};
  for (const auto* command : {"export", "dump"}) {
    CAPTURE(command);
    const auto run = run_cli(
        server.command({command, "app", "--output", output.path().string()}));
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err.starts_with("sluice: " + output.path().string()
                              + " is a folder"));
    CHECK(std::filesystem::is_empty(output.path()));
  }
  CHECK(server.requests().empty());
}

TEST_CASE("an export that a signal ends leaves no file") {
  const auto server = fake_server{};
  const auto folder = temporary_directory{};
  const auto output = temporary_directory{};
  auto words = server.command(
      {"export", "app", "--output", (output.path() / "app.sql").string()});
  for (const auto signal : {SIGTERM, SIGINT, SIGHUP}) {
    CAPTURE(signal);
    auto process = must(messaging::child_process::start(
        SLUICE_PROGRAM, words, (folder.path() / "out").string()));
    wait_until("the request has arrived", std::chrono::seconds{30},
               [&server] { return !server.requests().empty(); });
    wait_until("there is a file", std::chrono::seconds{30},
               [&output] { return !std::filesystem::is_empty(output.path()); });
    REQUIRE(::kill(process.id(), signal) == 0);
    REQUIRE(process.wait(std::chrono::seconds{30}));
    CHECK(process.exit_status() == 128 + signal);
    CHECK(std::filesystem::is_empty(output.path()));
  }
}

TEST_CASE("an export that does not arrive leaves no file") {
  auto server = fake_server{};
  const auto output = temporary_directory{};
  auto words
      = server.command({"export", "app", "--timeout-ms", "50", "--output",
                        (output.path() / "app.sql").string()});
  CHECK(run_cli(words).status == 3);
  server.fail_with("too_large", "413", "the database has too many bytes");
  const auto refused = run_cli(words);
  CHECK(refused.status == 1);
  CHECK(refused.err == "sluice: the database has too many bytes (too_large)\n");
  // Not as many bytes as the last message says.
  server.reply_with(R"({"success":true,"file_size":4096})");
  const auto half = run_cli(words);
  CHECK(half.status == 3);
  CHECK(half.err.contains("did not arrive whole"));
  CHECK(std::filesystem::is_empty(output.path()));
}

} // namespace sluice::tests
