#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>

/// Imports that are cut off.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

constexpr auto rows = 60'000;

struct import_fixture {
  import_fixture()
      : remote{std::make_unique<client>(server.url())},
        file{(folder.path() / "rows.sql").string()} {
    remote->create_database("app");
    auto out = std::ofstream{file};
    // A row twice would be two rows.
    out << "CREATE TABLE t(x);\n";
    for (auto i = 0; i < rows; ++i)
      out << "INSERT INTO t VALUES (" << i << ");\n";
  }

  [[nodiscard]] std::vector<std::string> words() const {
    return {"import",        "app",  file,         "--table",
            "--timeout-ms",  "2000", "--nats-url", server.url(),
            "--batch-bytes", "4096"};
  }
  /// Starts an import, and waits until some of it is there.
  messaging::child_process start() {
    auto result = must(messaging::child_process::start(
        SLUICE_PROGRAM, words(), (folder.path() / "out").string()));
    wait_until("some rows are there", seconds{60},
               [this] { return count() > 1'000; });
    return result;
  }
  [[nodiscard]] std::int64_t count() const {
    const auto got
        = remote->query("app", R"({"sql":"SELECT count(*) AS n FROM t"})");
    const auto n = got.at("/results/0/n");
    return n == "(none)" ? 0 : std::stoll(n);
  }
  void expect_every_row_once() const {
    CHECK(count() == rows);
    CHECK(
        remote->run("app", "SELECT count(DISTINCT x) AS n, max(x) AS m FROM t")
            .at("/results/0")
        == R"({"n":60000,"m":59999})");
    CHECK(remote
              ->run("app", "SELECT count(*) AS n FROM sqlite_schema WHERE "
                           "name = 'sluice_import'")
              .at("/results/0/n")
          == "0");
  }

  temporary_directory folder;
  sluice_process server;
  std::unique_ptr<client> remote;
  std::string file;
};

} // namespace

TEST_CASE_METHOD(import_fixture,
                 "an import that is killed goes on where it stopped") {
  {
    auto import = start();
    REQUIRE(::kill(import.id(), SIGKILL) == 0);
    REQUIRE(import.wait(seconds{20}));
  }
  REQUIRE(count() < rows);
  // Another file is not taken for it.
  const auto other = (folder.path() / "other.sql").string();
  std::ofstream{other} << "CREATE TABLE u(x);\n";
  auto wrong = words();
  wrong[2] = other;
  const auto refused = run_cli(wrong);
  CHECK(refused.status == 1);
  CHECK(refused.err.contains("this file is not the one"));
  const auto done = run_cli(words());
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.err.starts_with("sluice: note: going on behind statement "));
  CHECK(done.out.starts_with("60001 statements in "));
  expect_every_row_once();
}

TEST_CASE_METHOD(import_fixture,
                 "an import goes on after the server was killed") {
  auto import = start();
  server.kill();
  REQUIRE(import.wait(seconds{60}));
  CHECK(import.exit_status() == 3);
  CHECK(read_text_file((folder.path() / "out").string())
            .contains("the same command again goes on from there"));
  remote.reset();
  server.start();
  remote = std::make_unique<client>(server.url());
  REQUIRE(count() < rows);
  const auto done = run_cli(words());
  INFO(done.err);
  CHECK(done.status == 0);
  expect_every_row_once();
}

TEST_CASE_METHOD(import_fixture, "an import that was not finished can be "
                                 "forgotten") {
  {
    auto import = start();
    REQUIRE(::kill(import.id(), SIGKILL) == 0);
    REQUIRE(import.wait(seconds{20}));
  }
  remote->run("app", "DROP TABLE t");
  auto anew = words();
  anew.emplace_back("--restart");
  const auto done = run_cli(anew);
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  expect_every_row_once();
}

TEST_CASE_METHOD(import_fixture, "an import names the line that fails") {
  std::ofstream{file, std::ios::app} << "INSERT INTO t\n  VALUES (1, 2);\n";
  const auto failed = run_cli(words());
  CHECK(failed.status == 1);
  CHECK(failed.err.starts_with(
      "sluice: " + file
      + ", line 60002: table t has 1 columns but 2 values were supplied"));
  CHECK(failed.err.contains(
      "sluice: the statement: INSERT INTO t\\n  VALUES (1, 2);\n"));
  CHECK(failed.err.contains("were committed; the same command again goes on"));
  // Once it is put right, the rest follows.
  auto text = read_text_file(file);
  text.erase(text.find("INSERT INTO t\n"));
  std::ofstream{file, std::ios::trunc} << text;
  const auto done = run_cli(words());
  INFO(done.err);
  CHECK(done.status == 0);
  expect_every_row_once();
}

TEST_CASE_METHOD(import_fixture,
                 "one transaction that fails leaves nothing at all") {
  const auto small = (folder.path() / "small.sql").string();
  std::ofstream{small}
      << "CREATE TABLE u(x);\nINSERT INTO u VALUES (1);\nno;\n";
  auto one = words();
  one[2] = small;
  one.resize(one.size() - 2);
  one.emplace_back("--one-transaction");
  const auto failed = run_cli(one);
  CHECK(failed.status == 1);
  CHECK(failed.err.contains(", line 3: near \"no\": syntax error"));
  CHECK(remote->query("app", R"({"sql":"SELECT * FROM u"})").code()
        == "sql_error");
  one[2] = file;
  const auto large = run_cli(one);
  CHECK(large.status == 1);
  CHECK(large.err.contains("does not fit into one transaction"));
  CHECK(count() == 0);
}

} // namespace sluice::tests
