#include "cli/shell.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace sluice::cli {

namespace {

using texts = std::vector<std::string>;

/// A shell before a server that answers everything alike.
struct shell_fixture {
  texts requests;
  std::string out;
  std::string err;
  texts parts = {R"({"columns":["id","name"],"rows":[[7,"Ann"]]})",
                 R"({"columns":["id","name"],"rows":[[8,null]]})"};
  std::string last = R"({"success":true,"meta":{"duration":0.5,"changes":0}})";
  std::string reply = R"({"success":true,"results":[{"name":"posts",)"
                      R"("type":"table"},{"name":"users","type":"view"}]})";
  std::string refusal;
  std::size_t columns = 0;
  shell_mode mode = shell_mode::table;

  shell make() {
    return {
        "app",
        mode,
        {.call = [this](std::string_view tail,
                        std::string_view body) -> result<std::string> {
           requests.push_back(std::string{tail} + " " + std::string{body});
           if (!refusal.empty())
             return fail(exit_code::refused, refusal);
           return reply;
         },
         .call_for_stream
         = [this](std::string_view tail, std::string_view body,
                  const std::function<result<void>(std::string_view)>& on_part)
             -> result<std::string> {
           requests.push_back(std::string{tail} + " " + std::string{body});
           if (!refusal.empty())
             return fail(exit_code::refused, refusal);
           for (const auto& part : parts)
             if (auto taken = on_part(part); !taken)
               return std::unexpected{taken.error()};
           return last;
         },
         .print = [this](std::string_view text) { out += text; },
         .complain
         = [this](std::string_view text) { err.append(text).append("\n"); },
         .columns =
             [this] {
               return columns;
             }}};
  }
};

} // namespace

TEST_CASE_METHOD(shell_fixture, "a statement may span lines", "[cli][shell]") {
  auto running = make();
  CHECK_FALSE(running.is_within_statement());
  CHECK(running.take_line("SELECT *"));
  CHECK(running.is_within_statement());
  CHECK(running.take_line("  FROM t -- ;"));
  CHECK(requests.empty());
  CHECK(running.take_line(";"));
  CHECK_FALSE(running.is_within_statement());
  CHECK(requests
        == texts{R"(db.app.query {"sql":"SELECT *\n  FROM t -- ;\n;"})"});
  CHECK(out
        == "id | name\n---+-----\n 7 | Ann\n 8 | NULL\n2 rows in 0.50 ms\n");
}

TEST_CASE_METHOD(shell_fixture, "several statements on a line run in turn",
                 "[cli][shell]") {
  auto running = make();
  CHECK(running.take_line("A; B; C"));
  CHECK(requests.size() == 2);
  CHECK(running.is_within_statement());
  running.give_up();
  CHECK_FALSE(running.is_within_statement());
  CHECK(running.take_line("D"));
  CHECK(running.finish());
  CHECK(requests.back() == R"(db.app.query {"sql":"D"})");
  CHECK(running.finish());
  CHECK(requests.size() == 3);
}

TEST_CASE_METHOD(shell_fixture, "an error is told, and the shell goes on",
                 "[cli][shell]") {
  auto running = make();
  refusal = "no such table: t (sql_error)";
  CHECK_FALSE(running.take_line("SELECT * FROM t;"));
  CHECK(err == "no such table: t (sql_error)\n");
  CHECK_FALSE(running.take_line(".tables"));
  CHECK_FALSE(running.take_line(".schema t"));
  CHECK_FALSE(running.take_line(".databases"));
  CHECK_FALSE(running.take_line("SELECT '\xFF';"));
  CHECK(err.ends_with("the SQL is not UTF-8\n"));
  refusal.clear();
  CHECK(running.take_line("SELECT 1;"));
}

TEST_CASE_METHOD(shell_fixture, "a mode says how results are written",
                 "[cli][shell]") {
  auto running = make();
  CHECK(running.take_line(".mode csv"));
  CHECK(running.take_line("SELECT 1;"));
  CHECK(out == "id,name\r\n7,Ann\r\n8,\r\n");
  out.clear();
  CHECK(running.take_line("  .mode line  "));
  CHECK(running.take_line("SELECT 1;"));
  CHECK(out == "  id = 7\nname = Ann\n\n  id = 8\nname = \n\n");
  out.clear();
  CHECK(running.take_line(".mode json"));
  CHECK(running.take_line("SELECT 1;"));
  CHECK(out.starts_with("[\n  {\n    \"success\": true,"));
  CHECK(requests.back()
        == R"(db.app.query {"sql":"SELECT 1;",)"
           R"("results_format":"ARRAY_OF_OBJECTS"})");
  CHECK_FALSE(running.take_line(".mode html"));
  CHECK(err == ".mode takes one of table, json, csv, line\n");
}

TEST_CASE_METHOD(shell_fixture, "commands show tables and definitions",
                 "[cli][shell]") {
  auto running = make();
  CHECK(running.take_line(".tables"));
  CHECK(out == "posts\nusers\n");
  out.clear();
  CHECK(running.take_line(".tables '%S__R%'"));
  CHECK(out.empty());
  CHECK(running.take_line(".tables US%"));
  CHECK(out == "users\n");
  out.clear();
  reply = R"~({"results":[{"sql":"CREATE TABLE t(x)"},)~"
          R"~({"sql":"CREATE INDEX i ON t(x)"}]})~";
  CHECK(running.take_line(".schema \"t\""));
  CHECK(out == "CREATE TABLE t(x);\nCREATE INDEX i ON t(x);\n");
  CHECK(requests.back().ends_with(R"("params":["t"]})"));
  reply = R"({"results":[]})";
  CHECK(running.take_line(".schema"));
  CHECK_FALSE(running.take_line(".schema none"));
  CHECK(err == "there is no table none\n");
  out.clear();
  reply = R"({"databases":[{"name":"app"}],"total":3})";
  CHECK(running.take_line(".databases"));
  CHECK(out == "app\n… and 2 more\n");
}

TEST_CASE_METHOD(shell_fixture, "other commands are refused or end it",
                 "[cli][shell]") {
  auto running = make();
  CHECK_FALSE(running.take_line(".dump"));
  CHECK(err == "there is no command .dump; .help lists them\n");
  CHECK(running.take_line(".help"));
  CHECK(out.contains(".schema [TABLE]"));
  CHECK(running.take_line(""));
  CHECK_FALSE(running.is_over());
  CHECK(running.take_line(".quit"));
  CHECK(running.is_over());
  // Within a statement a dot begins no command.
  auto other = make();
  CHECK(other.take_line("SELECT 1"));
  CHECK(other.take_line(".5;"));
  CHECK(requests == texts{R"(db.app.query {"sql":"SELECT 1\n.5;"})"});
}

TEST_CASE_METHOD(shell_fixture, "the tables are asked for when they change",
                 "[cli][shell]") {
  auto running = make();
  CHECK(running.tables() == texts{"posts", "users"});
  CHECK(running.tables().size() == 2);
  CHECK(requests.size() == 1);
  running.take_line("create table x(y);");
  running.take_line("select 1;");
  CHECK(running.tables().size() == 2);
  CHECK(requests.size() == 4);
}

TEST_CASE_METHOD(shell_fixture,
                 "a result too large for a table is cut off with advice",
                 "[cli][shell]") {
  auto running = make();
  parts.assign(9, R"({"columns":["x"],"rows":[[")"
                      + std::string(std::size_t{8} << 20, 'x') + R"("]]})");
  CHECK_FALSE(running.take_line("SELECT 1;"));
  CHECK(err.contains(".mode csv and .mode line take any size"));
}

TEST_CASE("what is typed is completed", "[cli][shell]") {
  const auto tables = texts{"users", "user_posts", "my table"};
  const auto after = [&tables](std::string_view typed) {
    return complete(typed, tables);
  };
  CHECK(after("sel").candidates == texts{"select"});
  CHECK(after("SELECT * FR").text == "FROM");
  CHECK(after("SELECT * FROM us").candidates
        == texts{"users", "user_posts", "using"});
  CHECK(after("SELECT * FROM us").text == "us");
  CHECK(after("SELECT * FROM use").text == "user");
  CHECK(after("SELECT * FROM use").replaced_bytes == 3);
  CHECK(after("SELECT * FROM my").candidates == texts{"\"my table\""});
  CHECK(after("SELECT * FROM USER_").text == "user_posts");
  CHECK(after("xyz").candidates.empty());
  CHECK(after("xyz").text == "xyz");
  CHECK(after("SELECT ").candidates.empty());
  CHECK(after(".ta").candidates == texts{".tables"});
  CHECK(after(".mode j").candidates == texts{"json"});
  CHECK(after(".schema us").candidates == texts{"users", "user_posts"});
  CHECK(after(".").candidates.size() == 7);
}

} // namespace sluice::cli
