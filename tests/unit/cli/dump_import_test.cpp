#include "cli/dump_statement.hpp"
#include "cli/sql_import.hpp"

#include <catch2/catch_test_macros.hpp>
#include <simdjson.h>

#include <sstream>

/// Files of SQL as `sluice import` takes them.
namespace sluice::cli {

namespace {

/// Stands for a database that keeps what it is told, and the ledger.
struct fake_database {
  /// Scripts that were committed.
  std::vector<std::string> scripts;
  /// What `SELECT … FROM sluice_import` finds; empty: there is no such table.
  std::string ledger;
  /// Which script fails, from 1; 0: none.
  std::size_t fails_at = 0;
  failure problem = {exit_code::unreachable, "no answer"};
  /// Scripts that do not hold this violate a foreign key; empty: none does.
  std::string needed;
  /// And those with foreign keys on fail for another reason.
  bool fails_with_keys = false;
  std::vector<std::string> refused;
  /// Tables and triggers that it has.
  int tables = 0;

  result<std::string> call(std::string_view tail, std::string_view body) {
    auto parser = simdjson::dom::parser{};
    const auto sql = std::string{
        parser.parse(std::string{body})["sql"].get_string().value()};
    if (tail == "db.app.query" && sql.ends_with("name = 'sluice_import'"))
      return R"({"success":true,"results":[{"n":)"
             + std::string{ledger.empty() ? "0" : "1"} + "}]}";
    if (tail == "db.app.query" && sql.starts_with("SELECT count(*) AS n"))
      return R"({"success":true,"results":[{"n":)" + std::to_string(tables)
             + "}]}";
    if (tail == "db.app.query")
      return ledger;
    if (scripts.size() + 1 == fails_at)
      return std::unexpected{problem};
    const auto is_off = sql.starts_with("PRAGMA foreign_keys=OFF;\n");
    if ((fails_with_keys && !is_off) || !sql.contains(needed)) {
      refused.push_back(sql);
      return std::unexpected{failure{exit_code::refused,
                                     "row 1 of 'a' (constraint)",
                                     is_off ? "constraint" : "sql_error"}};
    }
    scripts.push_back(sql);
    return R"({"success":true,"count":1,"duration":1.5})";
  }
};

struct outcome {
  result<import_progress> done;
  std::vector<std::string> notes;
};

outcome import(std::string_view sql, fake_database& database,
               std::size_t statements_max = 1'000,
               bool is_one_transaction = false) {
  auto in = std::istringstream{std::string{sql}};
  auto options = import_options{};
  options.database = "app";
  options.file_name = "f.sql";
  options.batch_bytes_max = 1'024;
  options.batch_bytes_grown = 8'192;
  options.batch_statements_max = statements_max;
  options.takes_dumps = true;
  options.is_one_transaction = is_one_transaction;
  options.is_resumable = true;
  auto result = outcome{};
  auto run
      = sql_import{in,
                   options,
                   [&database](std::string_view tail, std::string_view body) {
                     return database.call(tail, body);
                   },
                   {.on_note = [&result](const std::string& note) {
                     result.notes.push_back(note);
                   }}};
  result.done = run.run();
  return result;
}

/// The values that the mark of a script writes into the ledger, as a reply to
/// who asks for them.
std::string ledger_of(const std::string& script) {
  const auto begin = script.rfind("fingerprint='");
  const auto is_first = begin == std::string::npos;
  const auto values
      = is_first ? script.rfind("VALUES(") + 7 : script.rfind(" THEN ") + 6;
  const auto number = script.substr(
      values, script.find_first_not_of("0123456789", values) - values);
  const auto text = is_first ? script.find('\'', values) + 1 : begin + 13;
  return R"({"success":true,"results":[{"statements":)" + number
         + R"(,"fingerprint":")"
         + script.substr(text, script.find('\'', text) - text) + R"("}]})";
}

constexpr auto off
    = "PRAGMA foreign_keys=OFF;\nPRAGMA defer_foreign_keys=TRUE;\n";
constexpr auto later = "PRAGMA defer_foreign_keys=TRUE;\n";
constexpr auto five = "A;\nB;\nC;\nD;\nE;\n";

} // namespace

TEST_CASE("statements about the connection are told from the others") {
  using enum dump_statement;
  const auto expect = [](std::string_view sql, dump_statement what) {
    CAPTURE(sql);
    CHECK(classify_dump_statement(sql) == what);
  };
  expect("BEGIN TRANSACTION;", transaction);
  expect("begin;", transaction);
  expect("COMMIT;", transaction);
  expect("END TRANSACTION", transaction);
  expect("ROLLBACK; -- due to errors", rollback);
  expect("PRAGMA foreign_keys=OFF;", keys_off);
  expect("PRAGMA foreign_keys(0)", keys_off);
  expect("pragma main.foreign_keys(1)", keys_on);
  expect("PRAGMA ignore_check_constraints = ON", setting);
  expect("PRAGMA journal_mode=WAL;", of_connection);
  expect("PRAGMA application_id = 0x63616c69", of_connection);
  expect("PRAGMA journal_mode;", ordinary);
  expect("PRAGMA foreign_keys;", ordinary);
  expect("PRAGMA defer_foreign_keys=TRUE;", check_later);
  expect("PRAGMA defer_foreign_keys = on", check_later);
  expect("PRAGMA defer_foreign_keys=0;", check_now);
  expect("PRAGMA writable_schema=ON;", writable_schema);
  expect("PRAGMA user_version=3;", ordinary);
  expect("CREATE TABLE beginning(x);", ordinary);
  expect("INSERT INTO t VALUES('BEGIN;');", ordinary);
  expect("", ordinary);
}

TEST_CASE("an import of one transaction leaves no trace of itself") {
  auto database = fake_database{};
  const auto got = import("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nA;\n"
                          "B;\nCOMMIT;\n",
                          database);
  REQUIRE(got.done);
  CHECK(database.scripts
        == std::vector<std::string>{off + std::string{"A;\nB;\n"}});
  CHECK(got.done->statements == 2);
  REQUIRE(got.notes.size() == 1);
  CHECK(got.notes[0].starts_with("BEGIN and COMMIT are left out"));
}

TEST_CASE("statements that only add are told from those that may delete") {
  for (const auto* sql :
       {"INSERT INTO t VALUES (1)", "insert into \"t\"(a) SELECT 1",
        "CREATE TABLE t(x)", "CREATE UNIQUE INDEX i ON t(x)",
        "DELETE FROM sqlite_sequence;", "PRAGMA user_version=1"}) {
    CAPTURE(sql);
    CHECK(only_adds(sql));
  }
  for (const auto* sql :
       {"INSERT OR REPLACE INTO t VALUES (1)", "REPLACE INTO t VALUES (1)",
        "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET x = 1",
        "CREATE TABLE t(x UNIQUE ON CONFLICT REPLACE)",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END",
        "DELETE FROM t", "DELETE FROM sqlite_sequence WHERE name = 't'",
        "DROP TABLE t", "UPDATE t SET x = 1", "ALTER TABLE t RENAME TO u",
        "WITH a AS (SELECT 1) DELETE FROM t", "SELECT 1", ""}) {
    CAPTURE(sql);
    CHECK_FALSE(only_adds(sql));
  }
}

TEST_CASE("foreign keys that a file switches off are off in each transaction") {
  auto database = fake_database{};
  const auto got = import("PRAGMA foreign_keys=OFF;\nDROP TABLE a;\nB;\nDELETE "
                          "FROM c;\nPRAGMA foreign_keys=ON;\nD;\n",
                          database, 2);
  REQUIRE(got.done);
  REQUIRE(database.scripts.size() == 3);
  CHECK(
      database.scripts[0].starts_with(off + std::string{"DROP TABLE a;\nB;"}));
  CHECK(database.scripts[1].starts_with(off + std::string{"DELETE FROM c;\n"}));
  CHECK(database.scripts[2].starts_with("D;\n"));
}

TEST_CASE("what only adds to a new database is checked as it comes") {
  constexpr auto dump = "PRAGMA foreign_keys=OFF;\nCREATE TABLE a(x);\n"
                        "INSERT INTO a VALUES (1);\n";
  auto database = fake_database{};
  REQUIRE(import(dump, database).done);
  REQUIRE(database.scripts.size() == 1);
  CHECK(database.scripts[0].starts_with(later));
  // What foreign keys do not let in goes without them.
  database.scripts.clear();
  database.fails_with_keys = true;
  REQUIRE(import(dump, database).done);
  REQUIRE(database.scripts.size() == 1);
  CHECK(database.scripts[0].starts_with(off));
  // In another database a row may be in the way of a trigger's.
  database = {};
  database.tables = 1;
  REQUIRE(import(dump, database).done);
  CHECK(database.scripts[0].starts_with(off));
  // And so it may behind rules of this file.
  database = {};
  REQUIRE(import("PRAGMA foreign_keys=OFF;CREATE TABLE a(x UNIQUE ON CONFLICT "
                 "REPLACE);INSERT INTO a VALUES (1);INSERT INTO a VALUES (2);",
                 database, 1)
              .done);
  for (const auto& script : database.scripts)
    CHECK(script.starts_with(off));
}

TEST_CASE("a transaction that leaves foreign keys violated is made larger") {
  auto database = fake_database{};
  database.needed = "INSERT INTO b VALUES (7)";
  auto dump = std::string{"PRAGMA foreign_keys=OFF;\nCREATE TABLE a(x "
                          "REFERENCES b);\nINSERT INTO a VALUES (7);\n"};
  for (auto i = 0; i < 60; ++i)
    dump += "INSERT INTO c VALUES ('" + std::string(20, 'x') + "');\n";
  const auto whole
      = import(dump + "INSERT INTO b VALUES (7);\nD;\n", database, 50);
  REQUIRE(whole.done);
  CHECK(whole.done->transactions == 1);
  CHECK(database.scripts.size() == 1);
  // In vain.
  database.scripts.clear();
  const auto got = import(dump, database, 50);
  REQUIRE_FALSE(got.done);
  CHECK(got.done.error().message.contains("row 1 of 'a' (constraint)"));
  CHECK(got.done.error().message.contains("--one-transaction"));
  CHECK(got.done.error().message.ends_with("nothing was committed before"));
  // No further than to where they are on again.
  const auto on = import(dump
                             + "PRAGMA foreign_keys=ON;\nINSERT INTO b VALUES "
                               "(7);\n",
                         database, 50);
  CHECK_FALSE(on.done);
  CHECK(database.scripts.empty());
}

TEST_CASE("a setting holds for the rest of the file, and a failing statement "
          "behind it is named") {
  auto database = fake_database{};
  database.fails_at = 3;
  database.problem = {exit_code::refused, "statement 3, line 3: no (sql_error)",
                      "sql_error", 3};
  const auto got = import("A;\nPRAGMA ignore_check_constraints=ON;\nB;\nC;\n"
                          "PRAGMA ignore_check_constraints = OFF;\nD;\nE;\n",
                          database, 2);
  REQUIRE_FALSE(got.done);
  CHECK(got.done.error().message.starts_with(
      "f.sql, line 6: no (sql_error)\nthe statement: D;"));
  REQUIRE(database.scripts.size() == 2);
  CHECK(database.scripts[0].starts_with("A;\nPRAGMA ignore_check"));
  CHECK(database.scripts[1].starts_with(
      "PRAGMA ignore_check_constraints=ON;\nB;\nC;\n"));
}

TEST_CASE("what a file says of its connection is left out with a note") {
  auto database = fake_database{};
  const auto got = import("PRAGMA journal_mode=WAL;\nPRAGMA synchronous=NORMAL;"
                          "\nPRAGMA user_version=7;\n",
                          database);
  REQUIRE(got.done);
  CHECK(database.scripts
        == std::vector<std::string>{"PRAGMA user_version=7;\n"});
  REQUIRE(got.notes.size() == 2);
  CHECK(got.notes[0].starts_with("PRAGMA journal_mode is left out"));
}

TEST_CASE("each transaction of an import says how far it is") {
  auto database = fake_database{};
  REQUIRE(import(five, database, 2).done);
  REQUIRE(database.scripts.size() == 3);
  CHECK(database.scripts[0].starts_with(
      "A;\nB;\nCREATE TABLE sluice_import(statements INTEGER NOT "
      "NULL,fingerprint TEXT NOT NULL);\nINSERT INTO sluice_import "
      "VALUES(2,'"));
  CHECK(database.scripts[1].starts_with("C;\nD;\nUPDATE sluice_import SET "
                                        "fingerprint='"));
  CHECK(database.scripts[1].ends_with(
      "',statements=CASE statements WHEN 2 THEN 4 END;\n"));
  CHECK(database.scripts[2].starts_with("E;\nUPDATE sluice_import SET "));
  CHECK(database.scripts[2].ends_with("DROP TABLE sluice_import;\n"));
}

TEST_CASE("an import that was cut off goes on behind what was committed") {
  for (const auto cut_at : {std::size_t{2}, std::size_t{3}}) {
    CAPTURE(cut_at);
    auto database = fake_database{};
    database.fails_at = cut_at;
    const auto first = import(five, database, 2);
    REQUIRE_FALSE(first.done);
    CHECK(first.done.error().message.ends_with(
        "; the same command again goes on from there, and finds out whether "
        "these lines were, too"));
    database.fails_at = 0;
    database.ledger = ledger_of(database.scripts.back());
    database.scripts.clear();
    // With other bounds, too.
    const auto second = import(five, database, 1);
    REQUIRE(second.done);
    CHECK(second.notes.front().starts_with("going on behind statement "
                                           + std::to_string(2 * (cut_at - 1))));
    CHECK(second.done->statements == 5);
    CHECK(database.scripts.front().starts_with(cut_at == 2 ? "C;\n" : "E;\n"));
    CHECK(database.scripts.back().ends_with("DROP TABLE sluice_import;\n"));
  }
}

TEST_CASE("an import does not go on with another file") {
  auto database = fake_database{};
  database.fails_at = 2;
  REQUIRE_FALSE(import(five, database, 2).done);
  database.ledger = ledger_of(database.scripts.back());
  database.fails_at = 0;
  database.scripts.clear();
  for (const auto* other : {"A;\nX;\nC;\n", "A;\n", "B;\nA;\nC;"}) {
    CAPTURE(other);
    const auto got = import(other, database, 2);
    REQUIRE_FALSE(got.done);
    CHECK(got.done.error().message.contains("this file is not the one"));
    CHECK(got.done.error().message.contains("--restart"));
  }
  CHECK(database.scripts.empty());
  database.ledger = R"({"success":true,"results":[{"x":1}]})";
  CHECK(import(five, database)
            .done.error()
            .message.contains("is not one that an import has left"));
}

TEST_CASE("an import that another one overtakes says so") {
  auto database = fake_database{};
  database.fails_at = 2;
  database.problem
      = {exit_code::refused,
         "statement 3, line 3: NOT NULL constraint failed: "
         "sluice_import.statements: SQLITE_CONSTRAINT (constraint)",
         "constraint", 3};
  const auto got = import(five, database, 2);
  CHECK(got.done.error().message.starts_with(
      "another import into this database is under way: NOT NULL"));
}

TEST_CASE("a failing statement is named where a batch begins with a setting") {
  auto database = fake_database{};
  database.fails_at = 1;
  database.problem = {exit_code::refused,
                      "statement 3, line 3: no (constraint)", "constraint", 3};
  const auto got
      = import("PRAGMA defer_foreign_keys=TRUE;\nA;\n\nB;\nC;", database);
  CHECK(got.done.error().message
        == "f.sql, line 4: no (constraint)\nthe statement: B;\n"
           "nothing was committed before");
}

TEST_CASE("PRAGMA defer_foreign_keys begins a transaction") {
  auto database = fake_database{};
  REQUIRE(import("PRAGMA defer_foreign_keys=TRUE;A;B;"
                 "PRAGMA defer_foreign_keys=TRUE;C;D;"
                 "PRAGMA defer_foreign_keys=FALSE;E;",
                 database)
              .done);
  REQUIRE(database.scripts.size() == 3);
  CHECK(database.scripts[0].starts_with(
      "PRAGMA defer_foreign_keys=TRUE;\nA;\nB;\n"));
  CHECK(database.scripts[1].starts_with(
      "PRAGMA defer_foreign_keys=TRUE;\nC;\nD;\n"));
  CHECK(database.scripts[2].starts_with("E;\n"));
}

TEST_CASE("the dump of an empty database is imported, an empty file is not") {
  auto database = fake_database{};
  const auto got = import("PRAGMA defer_foreign_keys=TRUE;\n", database);
  REQUIRE(got.done);
  CHECK(got.done->statements == 0);
  CHECK(import("-- nothing\n", database).done.error().message
        == "f.sql holds no SQL statement");
  CHECK(database.scripts.empty());
}

TEST_CASE("what an import cannot do is refused with its line") {
  auto database = fake_database{};
  const auto virtual_tables
      = import("A;\nPRAGMA writable_schema=ON;\nB;", database);
  CHECK(virtual_tables.done.error().message.starts_with(
      "f.sql, line 2: PRAGMA writable_schema: "));
  const auto broken = import("A;\n\nROLLBACK; -- due to errors", database);
  CHECK(broken.done.error().message.starts_with(
      "f.sql, line 3: ROLLBACK: whoever wrote the file met an error"));
  CHECK(database.scripts.empty());
}

TEST_CASE("one transaction takes the whole file, or nothing of it") {
  auto database = fake_database{};
  const auto got = import("PRAGMA defer_foreign_keys=TRUE;\nA;\nPRAGMA "
                          "defer_foreign_keys=TRUE;\nB;\nC;\n",
                          database, 2, true);
  REQUIRE(got.done);
  CHECK(database.scripts
        == std::vector<std::string>{
            "PRAGMA defer_foreign_keys=TRUE;\nA;\nB;\nC;\n"});
  database.scripts.clear();
  const auto large = std::string(600, 'x') + ";\n";
  const auto failed = import(large + large, database, 2, true);
  CHECK(failed.done.error().message
        == "f.sql does not fit into one transaction, of 1024 bytes "
           "(--batch-bytes); nothing was executed");
  CHECK(database.scripts.empty());
  database.ledger = R"({"results":[{"statements":2,"fingerprint":"00"}]})";
  CHECK(import("A;", database, 2, true)
            .done.error()
            .message.contains("was not finished"));
}

} // namespace sluice::cli
