#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/fake_server.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace sluice::tests {

namespace {

constexpr auto exec_reply = R"({"success":true,"count":1,"duration":0.5})";

/// A file of SQL for the time of a test.
class sql_file {
public:
  explicit sql_file(const std::string& text)
      : path_{(directory_.path() / "f.sql").string()} {
    std::ofstream{path_, std::ios::binary} << text;
  }
  [[nodiscard]] const std::string& path() const {
    return path_;
  }

private:
  temporary_directory directory_;
  std::string path_;
};

} // namespace

TEST_CASE("execute --command shows rows as a table on demand") {
  auto server = fake_server{};
  server.reply_with(R"({"success":true,"results":{"columns":["id","name"],)"
                    R"("rows":[[7,"Ann"]]},"meta":{"duration":0.42}})");
  const auto run = run_cli(server.command(
      {"execute", "app", "--command", "SELECT * FROM t WHERE id IN (?, ?, ?)",
       "--param", "-7", "--param", "Ann", "--param", "[1,2]", "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out == "id | name\n---+-----\n 7 | Ann\n1 row in 0.42 ms\n");
  const auto request = server.requests().back();
  CHECK(request.subject == "sluice.db.app.query");
  CHECK(
      request.body
      == R"~({"sql":"SELECT * FROM t WHERE id IN (?, ?, ?)",)~"
         R"~("params":[-7,"Ann",[1,2]],"results_format":"ROWS_AND_COLUMNS"})~");
}

TEST_CASE("execute --command prints an array of D1 results for programs") {
  auto server = fake_server{};
  server.reply_with(R"({"success":true,"results":[{"id":7}],"meta":{}})");
  const auto run = run_cli(
      server.command({"execute", "app", "--command", "-- c\nSELECT 7 AS id"}));
  CHECK(run.status == 0);
  CHECK(run.out
        == "[\n  {\n    \"success\": true,\n    \"results\": [\n      {\n"
           "        \"id\": 7\n      }\n    ],\n    \"meta\": {}\n  }\n]\n");
  CHECK(server.requests().back().body
        == R"({"sql":"SELECT 7 AS id","results_format":"ARRAY_OF_OBJECTS"})");
}

TEST_CASE("several statements are a batch and each shows its result") {
  auto server = fake_server{};
  const auto result
      = std::string{R"({"success":true,"results":{"columns":[],"rows":[]},)"
                    R"("meta":{"duration":1,"changes":2}})"};
  server.reply_with("[" + result + "," + result + "]");
  const auto run = run_cli(
      server.command({"execute", "app", "--command", "A; B", "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out == "2 rows changed in 1.00 ms\n\n2 rows changed in 1.00 ms\n");
  CHECK(server.requests().back().body
        == R"({"queries":[{"sql":"A;"},{"sql":"B"}],)"
           R"("results_format":"ROWS_AND_COLUMNS"})");
}

TEST_CASE("parameters that mean something to shells and parsers stay whole") {
  auto server = fake_server{};
  for (const auto* text : {"{}", "[]", "", "-", "--", "%%", "++", "--table",
                           "a,b", "[a,b]", "#x"}) {
    CAPTURE(text);
    server.reply_with(R"({"success":true,"results":[],"meta":{}})");
    CHECK(run_cli(server.command(
                      {"execute", "app", "--command", "S", "--param", text}))
              .status
          == 0);
    const auto is_json
        = std::string_view{text} == "{}" || std::string_view{text} == "[]";
    const auto json
        = is_json ? std::string{text} : "\"" + std::string{text} + "\"";
    CHECK(server.requests().back().body
          == R"({"sql":"S","params":[)" + json
                 + R"(],"results_format":"ARRAY_OF_OBJECTS"})");
  }
}

TEST_CASE("SQL that fails ends with status 1 and the server's words") {
  auto server = fake_server{};
  server.fail_with("sql_error", "400", "no such table: t: SQLITE_ERROR");
  const auto run = run_cli(
      server.command({"execute", "app", "--command", "SELECT * FROM t"}));
  CHECK(run.status == 1);
  CHECK(run.out.empty());
  CHECK(run.err == "sluice: no such table: t: SQLITE_ERROR (sql_error)\n");
}

TEST_CASE("execute --file sends a small file as one transaction") {
  auto server = fake_server{};
  server.reply_with(exec_reply);
  const auto file = sql_file{"CREATE TABLE a(x);\nINSERT INTO a VALUES (1);\n"};
  const auto run = run_cli(
      server.command({"execute", "app", "--file", file.path(), "--table"}));
  CHECK(run.status == 0);
  CHECK(run.out == "2 statements in 1 transaction, 0.50 ms\n");
  CHECK(run.err.empty());
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].subject == "sluice.db.app.exec");
  CHECK(server.requests()[0].body
        == R"({"sql":"CREATE TABLE a(x);\nINSERT INTO a VALUES (1);\n"})");
}

TEST_CASE("execute --file - reads standard input and prints JSON") {
  auto server = fake_server{};
  server.reply_with(exec_reply);
  const auto run
      = run_cli(server.command({"execute", "app", "--file", "-"}), "A;");
  CHECK(run.status == 0);
  CHECK(run.out
        == "[\n  {\n    \"success\": true,\n    \"count\": 1,\n"
           "    \"transactions\": 1,\n    \"duration\": 0.5\n  }\n]\n");
}

TEST_CASE("a file too large for one request says so, and where it fails") {
  auto server = fake_server{};
  server.reply_with(exec_reply);
  server.fail_with("sql_error", "400", "statement 1, line 1: syntax error",
                   "1");
  auto sql = std::string{};
  for (auto i = 0; i < 1'000; ++i)
    sql += "INSERT INTO a VALUES (1);\n";
  const auto file = sql_file{sql + "oops;\n"};
  const auto run
      = run_cli(server.command({"execute", "app", "--file", file.path()}));
  CHECK(run.status == 1);
  CHECK(run.out.empty());
  CHECK(run.err
        == "sluice: note: " + file.path()
               + " does not fit into one request; it is executed in several "
                 "transactions, and those before an error stay\n"
                 "sluice: "
               + file.path()
               + ", line 1001: syntax error (sql_error)\n"
                 "sluice: the statement: oops;\n"
                 "sluice: 1000 statements before, in 1 transaction, were "
                 "committed\n");
}

TEST_CASE("the option --batch-bytes bounds a transaction") {
  auto server = fake_server{};
  server.reply_with(exec_reply);
  server.reply_with(exec_reply);
  const auto text = "SELECT '" + std::string(700, 'x') + "';\n";
  const auto file = sql_file{text + text};
  const auto run = run_cli(server.command(
      {"execute", "app", "--file", file.path(), "--batch-bytes", "1024"}));
  CHECK(run.status == 0);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a file that cannot be read ends with status 2") {
  const auto server = fake_server{};
  const auto directory = temporary_directory{};
  const auto missing = (directory.path() / "none.sql").string();
  const auto run
      = run_cli(server.command({"execute", "app", "--file", missing}));
  CHECK(run.status == 2);
  CHECK(run.err
        == "sluice: cannot read " + missing + ": No such file or directory\n");
  const auto folder = run_cli(
      server.command({"execute", "app", "--file", directory.path().string()}));
  CHECK(folder.status == 2);
  CHECK(folder.err.starts_with("sluice: cannot read "));
}

TEST_CASE("a file whose request gets no answer ends with status 3") {
  const auto server = fake_server{};
  const auto file = sql_file{"A;"};
  const auto run = run_cli(server.command(
      {"execute", "app", "--file", file.path(), "--timeout-ms", "50"}));
  CHECK(run.status == 3);
  CHECK(run.err.find("whether these lines are is not known")
        != std::string::npos);
}

} // namespace sluice::tests
