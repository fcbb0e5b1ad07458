#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace sluice::tests {

TEST_CASE("the version is printed") {
  for (const auto* word : {"version", "--version"}) {
    const auto run = run_cli({word});
    CHECK(run.status == 0);
    CHECK(run.out.starts_with("sluice "));
    CHECK(run.err.empty());
  }
}

TEST_CASE("help of every command has an example and fits 80 columns") {
  const auto commands = std::vector<std::vector<std::string>>{
      {},          {"serve"},  {"db"},           {"execute"},
      {"request"}, {"config"}, {"auth", "keys"}, {"api"}};
  for (auto words : commands) {
    words.emplace_back("--help");
    CAPTURE(words.front());
    const auto run = run_cli(words);
    CHECK(run.status == 0);
    CHECK(run.out.find("Examples:\n") != std::string::npos);
    CHECK(run.err.empty());
    auto column = std::size_t{0};
    for (const auto c : run.out) {
      column = c == '\n' ? 0 : column + 1;
      CHECK(column <= 80);
    }
  }
}

TEST_CASE("a command line that is wrong ends with status 2 and a suggestion") {
  const auto error_of = [](const std::vector<std::string>& words) {
    const auto run = run_cli(words);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(error_of({}).starts_with("sluice: "));
  CHECK(error_of({"conifg"}).find("did you mean config?") != std::string::npos);
  CHECK(error_of({"serve", "--nats-ulr", "x"})
        == "sluice: there is no option --nats-ulr; did you mean --nats-url?\n"
           "sluice: `sluice serve --help` tells more\n");
  CHECK(error_of({"config", "show", "x"}).find("too many: x")
        != std::string::npos);
  CHECK(error_of({"execute", "app"})
        == "sluice: one of --command and --file is needed\n");
  CHECK(error_of({"execute", "app", "--command", "x", "--file", "y"})
            .find("excludes")
        != std::string::npos);
  CHECK(error_of({"execute", "app", "--file", "y", "--param", "1"})
            .find("excludes")
        != std::string::npos);
  CHECK(error_of({"request", "a b"}).find("is no subject")
        != std::string::npos);
  CHECK(error_of({"request", "x", "--header", "oops"}).find("NAME:VALUE")
        != std::string::npos);
  CHECK(error_of({"request", "x", "--timeout-ms", "0"}).find("--timeout-ms")
        != std::string::npos);
  CHECK(error_of({"config", "check", "--readers-count", "5000"})
        == "sluice: readers.count (option --readers-count): \"5000\" is out of "
           "range; allowed: 0 to 1024\n");
  CHECK(error_of({"db", "list", "--json", "--table"}).find("excludes")
        != std::string::npos);
}

TEST_CASE("config default prints a file that config check accepts") {
  const auto directory = temporary_directory{};
  const auto file = (directory.path() / "sluice.toml").string();
  const auto printed = run_cli({"config", "default"});
  CHECK(printed.status == 0);
  std::ofstream{file} << printed.out;
  const auto checked = run_cli({"config", "check", "--config", file});
  CHECK(checked.status == 0);
  CHECK(checked.out == "the settings are right\n");
  CHECK(checked.err.empty());
}

TEST_CASE("api prints what is served, without a server") {
  const auto run = run_cli({"api"});
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK(run.out.contains("\nasyncapi: \"3.0.0\"\n"));
  CHECK(run.out.contains("address: sluice.users.create\n"));
  const auto named = run_cli({"api", "--nats-subject-prefix", "acme.sql"}, {},
                             {"SLUICE_NATS_QUEUE_GROUP=workers"});
  CHECK(named.out.contains("address: \"acme.sql.db.{db}.query\"\n"));
  CHECK(named.out.contains("queue: workers\n"));
  CHECK_FALSE(named.out.contains("address: sluice."));
  CHECK(run_cli({"api", "--nats-subject-prefix", "a b"}).status == 2);
}

TEST_CASE("config show puts all sources together and hides secrets") {
  const auto directory = temporary_directory{};
  const auto file = (directory.path() / "s.toml").string();
  std::ofstream{file} << "data = 'file'\nserver_name = 'file'\n";
  const auto run = run_cli({"config", "show", "--nats-token", "hush",
                            "--nats-tls", "--data", "line"},
                           {},
                           {"SLUICE_CONFIG=" + file, "SLUICE_DATA=variable",
                            "SLUICE_READERS_COUNT=3", "SLUICE_REDERS=1"});
  CHECK(run.status == 0);
  CHECK(run.out.find("data = \"line\" # option --data\n") == 0);
  CHECK(run.out.find("server_name = \"file\" # line 2 of " + file + "\n")
        != std::string::npos);
  CHECK(run.out.find("count = 3 # environment variable SLUICE_READERS_COUNT\n")
        != std::string::npos);
  CHECK(run.out.find("tls = true # option --nats-tls\n") != std::string::npos);
  CHECK(run.out.find("hush") == std::string::npos);
  CHECK(run.err.starts_with("sluice: warning: the environment variable "
                            "SLUICE_REDERS is none of Sluice's"));
}

TEST_CASE("serve refuses wrong settings before it begins") {
  const auto run = run_cli({"serve", "--nats-user", "ann"});
  CHECK(run.status == 2);
  CHECK(run.err.find("nats.user and nats.password go together")
        != std::string::npos);
}

TEST_CASE("deleting a database needs --yes where nobody can be asked") {
  const auto run = run_cli({"db", "delete", "app"});
  CHECK(run.status == 2);
  CHECK(run.err.find("needs --yes") != std::string::npos);
}

TEST_CASE("without a NATS server commands end with status 3") {
  // Port 1 is reserved; nothing listens there.
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"request", "health"},
           {"db", "list"},
           {"execute", "app", "--command", "SELECT 1"}}) {
    auto all = words;
    all.insert(all.end(), {"--nats-url", "nats://127.0.0.1:1",
                           "--nats-connect-timeout-ms", "1000"});
    const auto run = run_cli(all);
    CHECK(run.status == 3);
    CHECK(run.out.empty());
    CHECK(run.err.find("127.0.0.1:1") != std::string::npos);
  }
}

} // namespace sluice::tests
