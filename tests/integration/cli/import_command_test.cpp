#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/fake_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice import`, before a server that says what the test wants.
namespace sluice::tests {

namespace {

void have_no_ledger(fake_server& server) {
  server.fail_with("sql_error", "400",
                   "no such table: sluice_import: SQLITE_ERROR");
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

} // namespace sluice::tests
