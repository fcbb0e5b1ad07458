#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

/// Files that switch foreign keys off, as dumps and rebuilt tables do.
namespace sluice::tests {

namespace {

struct keys_fixture {
  keys_fixture() : remote{server.url()} {
    remote.create_database("app");
  }
  cli_outcome import(const std::string& sql,
                     std::vector<std::string> words = {}) {
    words.insert(words.begin(),
                 {"import", "app", "-", "--nats-url", server.url()});
    return run_cli(words, sql);
  }
  [[nodiscard]] std::string count(const std::string& table) const {
    return run_cli({"execute", "app", "--json", "--nats-url", server.url(),
                    "--command", "SELECT 'n' || count(*) AS n FROM " + table})
        .out;
  }

  sluice_process server;
  client remote;
};

constexpr auto users = "CREATE TABLE user(id INTEGER PRIMARY KEY, name);"
                       "CREATE TABLE post(id INTEGER PRIMARY KEY, u REFERENCES "
                       "user(id) ON DELETE CASCADE);"
                       "INSERT INTO user VALUES (1, 'a'), (2, 'b');"
                       "INSERT INTO post VALUES (7, 1), (8, 2);";

} // namespace

TEST_CASE_METHOD(
    keys_fixture,
    "a table that an import makes anew keeps the rows that refer to "
    "it") {
  REQUIRE(import(users).status == 0);
  const auto* const command = GENERATE("import", "execute");
  const auto again = std::string{
      "PRAGMA foreign_keys=OFF;\nDROP TABLE user;\nCREATE TABLE user(id "
      "INTEGER "
      "PRIMARY KEY, name, age);\nINSERT INTO user VALUES (1, 'a', 3);\nINSERT "
      "INTO user VALUES (2, 'b', 4);\n"};
  const auto run = command == std::string{"import"}
                       ? import(again)
                       : run_cli({"execute", "app", "--file", "-", "--nats-url",
                                  server.url()},
                                 again);
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(count("post").contains("n2"));
  // What would leave rows without a parent is refused, and nothing is lost.
  const auto lost
      = import("PRAGMA foreign_keys=OFF;\nDELETE FROM user WHERE id "
               "= 2;\n");
  CHECK(lost.status == 1);
  CHECK(lost.err.contains("table post"));
  CHECK(lost.err.contains("8"));
  CHECK(count("post").contains("n2"));
  CHECK(count("user").contains("n2"));
}

TEST_CASE_METHOD(keys_fixture,
                 "rows of a dump may come before those that they refer to") {
  const auto* const head = GENERATE("PRAGMA foreign_keys=OFF;\n",
                                    "PRAGMA defer_foreign_keys=TRUE;\n");
  const auto rows = GENERATE(1, 2'000);
  auto dump = std::string{head}
              + "BEGIN TRANSACTION;\nCREATE TABLE a(id INTEGER PRIMARY KEY, b "
                "NOT NULL REFERENCES b(id));\n";
  for (auto i = 1; i <= rows; ++i)
    dump += "INSERT INTO a VALUES(" + std::to_string(i) + ","
            + std::to_string(i) + "); -- as long as a row is\n";
  dump += "CREATE TABLE b(id INTEGER PRIMARY KEY);\n";
  for (auto i = 1; i <= rows; ++i)
    dump += "INSERT INTO b VALUES(" + std::to_string(i) + ");\n";
  const auto run = import(dump + "COMMIT;\n");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(count("a").contains("n" + std::to_string(rows) + "\""));
  CHECK(count("b").contains("n" + std::to_string(rows) + "\""));
}

TEST_CASE_METHOD(keys_fixture,
                 "rows of a dump that refer to none are named, and the table") {
  const auto run = import("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
                          "CREATE TABLE u(id INTEGER PRIMARY KEY);\n"
                          "INSERT INTO u VALUES(1);\nCREATE TABLE p(id INTEGER "
                          "PRIMARY KEY, u REFERENCES u(id));\n"
                          "INSERT INTO p VALUES(1,1);\nINSERT INTO p "
                          "VALUES(2,99);\nCOMMIT;\n");
  CHECK(run.status == 1);
  CHECK(run.err.contains("row 2 of table p has no parent in table u"));
  CHECK(run.err.contains("nothing was committed before"));
}

} // namespace sluice::tests
