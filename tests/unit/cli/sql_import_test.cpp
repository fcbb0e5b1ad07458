#include "cli/sql_import.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sstream>

namespace sluice::cli {

namespace {

/// Stands for a server that may fail at one of the requests.
struct fake_server {
  std::vector<std::string> tails;
  std::vector<std::string> bodies;
  /// Which request fails, from 1; 0: none.
  std::size_t fails_at = 0;
  failure problem;

  result<std::string> call(std::string_view tail, std::string_view body) {
    tails.emplace_back(tail);
    bodies.emplace_back(body);
    if (bodies.size() == fails_at)
      return std::unexpected{problem};
    return R"({"success":true,"count":1,"duration":1.5})";
  }
};

struct import_outcome {
  result<import_progress> done;
  bool was_split = false;
  std::vector<std::uint64_t> progress;
};

import_outcome import(std::string_view sql, fake_server& server,
                      std::size_t statements_max = 1'000,
                      std::size_t bytes_max = 1'024) {
  auto in = std::istringstream{std::string{sql}};
  auto result = import_outcome{};
  auto run
      = sql_import{in,
                   {"app", "f.sql", bytes_max, statements_max},
                   [&server](std::string_view tail, std::string_view body) {
                     return server.call(tail, body);
                   },
                   {[&result] { result.was_split = true; },
                    [&result](const import_progress& progress) {
                      result.progress.push_back(progress.statements);
                    }}};
  result.done = run.run();
  return result;
}

} // namespace

TEST_CASE("a file that fits is one transaction") {
  auto server = fake_server{};
  const auto got
      = import("CREATE TABLE a(x);\n-- c\nINSERT INTO a VALUES ('ä');", server);
  REQUIRE(got.done);
  CHECK(server.tails == std::vector<std::string>{"db.app.exec"});
  CHECK(server.bodies.front()
        == R"({"sql":"CREATE TABLE a(x);\nINSERT INTO a VALUES ('ä');\n"})");
  CHECK(got.done->statements == 2);
  CHECK(got.done->transactions == 1);
  CHECK(got.done->duration_ms == 1.5);
  CHECK_FALSE(got.was_split);
  CHECK(got.progress == std::vector<std::uint64_t>{2});
}

TEST_CASE("a larger file is split by statements") {
  auto server = fake_server{};
  const auto got = import("A;B;C;D;E;", server, 2);
  REQUIRE(got.done);
  CHECK(server.bodies.size() == 3);
  CHECK(server.bodies[0] == R"({"sql":"A;\nB;\n"})");
  CHECK(server.bodies[2] == R"({"sql":"E;\n"})");
  CHECK(got.done->statements == 5);
  CHECK(got.done->transactions == 3);
  CHECK(got.done->duration_ms == 4.5);
  CHECK(got.was_split);
  CHECK(got.progress == std::vector<std::uint64_t>{2, 4, 5});
}

TEST_CASE("a larger file is split by bytes") {
  auto server = fake_server{};
  const auto got = import("AAAA;BBBB;CCCC;", server, 1'000, 11);
  REQUIRE(got.done);
  CHECK(server.bodies.size() == 2);
  CHECK(server.bodies[0] == R"({"sql":"AAAA;\nBBBB;\n"})");
}

TEST_CASE("exactly as many statements as fit are one transaction") {
  auto server = fake_server{};
  const auto got = import("A;B;", server, 2);
  REQUIRE(got.done);
  CHECK(server.bodies.size() == 1);
  CHECK_FALSE(got.was_split);
}

TEST_CASE("files larger than a piece that is read are read whole") {
  auto sql = std::string{};
  for (auto i = 0; i < 30'000; ++i)
    sql += "INSERT INTO a VALUES ('some text');\n";
  auto server = fake_server{};
  const auto got = import(sql, server, 1'000, 256u << 10);
  REQUIRE(got.done);
  CHECK(got.done->statements == 30'000);
  CHECK(got.done->transactions == 30);
  CHECK(got.done->bytes_read == sql.size());
}

TEST_CASE("an error names line and statement, and what was committed") {
  auto server = fake_server{};
  server.fails_at = 2;
  server.problem = {exit_code::refused,
                    "statement 2, line 2: near \"D\": syntax error (sql_error)",
                    "sql_error", 2};
  const auto got = import("A;\nB;\n\nC;\n\n\nD\n x;\nE;", server, 2);
  REQUIRE_FALSE(got.done);
  CHECK(got.done.error().code == exit_code::refused);
  CHECK(got.done.error().message
        == "f.sql, line 7: near \"D\": syntax error (sql_error)\n"
           "the statement: D\\n x;\n"
           "2 statements before, in 1 transaction, were committed");
  CHECK(server.bodies.size() == 2);
}

TEST_CASE("an error in the first transaction leaves nothing") {
  auto server = fake_server{};
  server.fails_at = 1;
  server.problem = {exit_code::refused, "no such database (not_found)"};
  const auto got = import("A;\nB;", server);
  CHECK(got.done.error().message
        == "f.sql, lines 1 to 2: no such database (not_found)\n"
           "nothing was committed before");
}

TEST_CASE(
    "errors with a statement's number that makes no sense are passed on") {
  for (const auto number : {std::size_t{0}, std::size_t{9}}) {
    CAPTURE(number);
    auto server = fake_server{};
    server.fails_at = 1;
    server.problem
        = {exit_code::refused, "statement 1, line 1: x", "sql_error", number};
    CHECK(import("A;", server)
              .done.error()
              .message.starts_with(
                  "f.sql, lines 1 to 1: statement 1, line 1: x"));
  }
}

TEST_CASE("without an answer it is not known what was committed") {
  auto server = fake_server{};
  server.fails_at = 2;
  server.problem = {exit_code::unreachable, "no answer"};
  const auto got = import("A;\nB;", server, 1);
  CHECK(got.done.error().code == exit_code::unreachable);
  CHECK(got.done.error().message
        == "f.sql, lines 2 to 2: no answer\n"
           "1 statement before, in 1 transaction, was committed; whether "
           "these lines are is not known");
}

TEST_CASE("a long statement is shown in part, cut between characters") {
  auto server = fake_server{};
  server.fails_at = 1;
  server.problem
      = {exit_code::refused, "statement 1, line 1: x", "sql_error", 1};
  const auto got = import("a" + std::string(99, 'b') + "'"
                              + std::string(98, 'c') + "äääää';",
                          server);
  CHECK(got.done.error().message.find("c…\n") != std::string::npos);
}

TEST_CASE("a statement beyond the limit is an error with its line") {
  auto server = fake_server{};
  const auto got = import("A;\nB;\nSELECT '" + std::string(100, 'x') + "';",
                          server, 1, 64);
  REQUIRE_FALSE(got.done);
  CHECK(got.done.error().code == exit_code::refused);
  CHECK(got.done.error().message.starts_with(
      "f.sql, line 3: the statement is longer than 64 bytes"));
  CHECK(got.done.error().message.ends_with(
      "1 statement before, in 1 transaction, was committed"));
}

TEST_CASE("a file without a statement is an error") {
  auto server = fake_server{};
  CHECK(import("", server).done.error().message
        == "f.sql holds no SQL statement");
  CHECK(import("-- nothing\n;", server).done.error().code
        == exit_code::refused);
  CHECK(server.bodies.empty());
}

TEST_CASE("a file that is no text of SQL is refused") {
  auto server = fake_server{};
  CHECK(import(std::string_view{"SQLite format 3\0xyz", 19}, server)
            .done.error()
            .message.starts_with("f.sql is an SQLite database"));
  const auto latin = import("A;\nSELECT '\xE4';", server);
  CHECK(latin.done.error().message.starts_with(
      "f.sql, line 2: the statement is not UTF-8"));
  CHECK(server.bodies.empty());
}

TEST_CASE("a byte order mark is no part of the SQL") {
  auto server = fake_server{};
  REQUIRE(import("\xEF\xBB\xBF"
                 "A;",
                 server)
              .done);
  CHECK(server.bodies.front() == R"({"sql":"A;\n"})");
}

TEST_CASE("a statement without a semicolon at the end is sent, too") {
  auto server = fake_server{};
  REQUIRE(import("A;\nB -- c", server).done);
  CHECK(server.bodies.front() == R"({"sql":"A;\nB -- c\n"})");
}

} // namespace sluice::cli
