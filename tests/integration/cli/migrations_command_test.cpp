#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

/// `sluice migrations`, with a server.
namespace sluice::tests {

namespace {

struct migrated_server {
  migrated_server() {
    remote.create_database("app");
  }

  void write(const std::string& name, const std::string& sql) const {
    std::ofstream{folder.path() / name} << sql;
  }
  [[nodiscard]] cli_outcome run(const std::string& word,
                                std::vector<std::string> more = {}) const {
    auto arguments = std::vector<std::string>{
        "migrations", word, "app", "--folder", folder.path().string()};
    if (word != "create")
      arguments.insert(arguments.end(), {"--nats-url", process.url()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_cli(arguments);
  }

  temporary_directory folder;
  sluice_process process;
  client remote{process.url()};
};

} // namespace

TEST_CASE("migrations create makes numbered files") {
  const auto server = migrated_server{};
  const auto first = server.run("create", {"add users"});
  CHECK(first.status == 0);
  CHECK(first.out == server.folder.path().string() + "/0001_add_users.sql\n");
  const auto second = server.run("create", {"posts"});
  CHECK(second.out == server.folder.path().string() + "/0002_posts.sql\n");
}

TEST_CASE("migrations apply applies each file once, in order") {
  auto server = migrated_server{};
  server.write("0002_fill.sql", "INSERT INTO t VALUES (1); -- one\n");
  server.write("0001_table.sql", "CREATE TABLE t(x);");
  const auto before = server.run("list", {"--table"});
  CHECK(before.status == 0);
  CHECK(before.out.ends_with("2 migrations to apply\n"));
  const auto done = server.run("apply", {"--table"});
  CHECK(done.status == 0);
  CHECK(done.out
        == "name       | state\n"
           "-----------+--------\n"
           "0001_table | applied\n"
           "0002_fill  | applied\n");
  CHECK(server.remote.run("app", "SELECT count(*) AS n FROM t").at("/results")
        == R"([{"n":1}])");
  const auto again = server.run("apply", {"--table"});
  CHECK(again.status == 0);
  CHECK(again.out == "nothing to apply\n");
  const auto after = server.run("list", {"--table"});
  CHECK(after.out.ends_with("nothing to apply\n"));
  CHECK(after.out.contains("0001_table | 20"));
}

TEST_CASE("migrations apply stops at the first that fails") {
  auto server = migrated_server{};
  server.write("0001_table.sql", "CREATE TABLE t(x);");
  server.write("0002_wrong.sql",
               "CREATE TABLE u(x);\nINSERT INTO v VALUES (1)");
  server.write("0003_more.sql", "CREATE TABLE w(x);");
  const auto done = server.run("apply", {"--json"});
  CHECK(done.status == 1);
  CHECK(done.out.contains("\"applied\""));
  CHECK(done.out.contains("\"failed\""));
  CHECK_FALSE(done.out.contains("0003_more"));
  CHECK(done.err.contains("0002_wrong.sql"));
  CHECK(done.err.contains("statement 2, line 2: no such table: v"));
  CHECK(server.remote
            .run("app", "SELECT group_concat(name) AS n FROM sqlite_schema "
                        "WHERE name IN ('t', 'u', 'w')")
            .at("/results")
        == R"([{"n":"t"}])");
}

TEST_CASE("migrations of a database that is not there are refused") {
  auto server = migrated_server{};
  server.write("0001_table.sql", "CREATE TABLE t(x);");
  const auto done = run_cli({"migrations", "apply", "other", "--folder",
                             server.folder.path().string(), "--nats-url",
                             server.process.url()});
  CHECK(done.status == 1);
  CHECK(done.err.contains("there is no database 'other'"));
}

} // namespace sluice::tests
