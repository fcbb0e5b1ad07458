#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/fake_server.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

std::string database(const std::string& name) {
  return R"({"uuid":"u-)" + name + R"(","name":")" + name
         + R"(","created_at":"2026-11-24T11:08:20Z","file_size":8192,)"
           R"("num_tables":2,"version":"production"})";
}

std::string one(const std::string& name) {
  return R"({"success":true,"database":)" + database(name) + "}";
}

/// A page of databases d<from> to d<to>.
std::string page(int from, int to) {
  auto result = std::string{R"({"success":true,"databases":[)"};
  for (auto i = from; i <= to; ++i)
    result += (i == from ? "" : ",") + database("d" + std::to_string(i));
  return result + R"(],"page":1,"per_page":100,"total":101})";
}

} // namespace

TEST_CASE("db create sends the name and prints the database") {
  auto server = fake_server{};
  server.reply_with(one("app"));
  const auto run = run_cli(server.command({"db", "create", "app"}));
  CHECK(run.status == 0);
  CHECK(run.out.find("\"uuid\": \"u-app\"") != std::string::npos);
  const auto request = server.requests().back();
  CHECK(request.subject == "sluice.databases.create");
  CHECK(request.body == R"({"name":"app"})");
}

TEST_CASE("db info prints a table on demand") {
  auto server = fake_server{};
  server.reply_with(one("app"));
  const auto run = run_cli(server.command({"db", "info", "app", "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("field      | value\n"
                            "-----------+---------------------\n"
                            "uuid       | u-app\n"));
  CHECK(server.requests().back().subject == "sluice.databases.get");
}

TEST_CASE("db list gathers all pages") {
  auto server = fake_server{};
  server.reply_with(page(1, 100));
  server.reply_with(page(101, 101));
  const auto run = run_cli(server.command({"db", "list", "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("name | uuid   | created_at           | file_size "
                            "| num_tables\n"));
  CHECK(run.out.find("\nd101 | u-d101 |") != std::string::npos);
  CHECK(run.out.ends_with("\n101 databases\n"));
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].body == R"({"page":1,"per_page":100})");
  CHECK(requests[1].body == R"({"page":2,"per_page":100})");
}

TEST_CASE("db list prints JSON for programs") {
  auto server = fake_server{};
  server.reply_with(page(1, 2));
  const auto run = run_cli(server.command({"db", "list"}));
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("[\n  {\n    \"uuid\": \"u-d1\",\n"));
  CHECK(run.out.ends_with("}\n]\n"));
}

TEST_CASE("db delete --yes deletes without a question") {
  auto server = fake_server{};
  server.reply_with(R"({"success":true,"deleted":true})");
  const auto run
      = run_cli(server.command({"db", "delete", "app", "--yes", "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out == "deleted app\n");
  CHECK(server.requests().back().subject == "sluice.databases.delete");
  CHECK(server.requests().back().body == R"({"name":"app"})");
}

TEST_CASE("db delete without --yes sends nothing where nobody can be asked") {
  auto server = fake_server{};
  CHECK(run_cli(server.command({"db", "delete", "app"}), "app\n").status == 2);
  CHECK(server.requests().empty());
}

TEST_CASE("what the server refuses ends with status 1 and its words") {
  auto server = fake_server{};
  for (const auto* word : {"create", "info", "delete"}) {
    server.fail_with("not_found", "404", "no such database: x");
    auto words = std::vector<std::string>{"db", word, "x"};
    if (std::string{word} == "delete")
      words.emplace_back("--yes");
    const auto run = run_cli(server.command(words));
    CHECK(run.status == 1);
    CHECK(run.out.empty());
    CHECK(run.err == "sluice: no such database: x (not_found)\n");
  }
}

TEST_CASE("a reply of another shape is an error") {
  auto server = fake_server{};
  for (const auto* reply :
       {"[]", R"({"success":true})", R"({"success":true,"database":7})"}) {
    server.reply_with(reply);
    const auto run = run_cli(server.command({"db", "info", "x"}));
    CHECK(run.status == 1);
    CHECK(run.err.find("is not what this version of sluice understands")
          != std::string::npos);
  }
}

} // namespace sluice::tests
