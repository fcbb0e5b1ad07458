#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

/// What SQLite takes for damage of a file that is sound.
namespace sluice::tests {

namespace {

struct sound_file : deterministic_system {
  sound_file() {
    database = open(uuid_a);
    must_write(database, "CREATE TABLE t(x)");
  }
  std::string rows() {
    send(database, make_query("rows", "SELECT count(*) AS n FROM t, t AS u "
                                      "WHERE u.rowid = 1"));
    run();
    return sink.only("rows").body;
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(sound_file,
                 "a statement that makes SQLite tell of damage is its "
                 "request's error, and harms nobody in its group",
                 "[actors][writer][files]") {
  auto number = 0;
  for (const auto* sql : {"CREATE TABLE IF NOT EXISTS IF (a)",
                          "CREATE VIEW IF NOT EXISTS IF AS SELECT 1",
                          "CREATE INDEX IF NOT EXISTS IF ON t(x)",
                          "CREATE TRIGGER IF NOT EXISTS IF AFTER INSERT ON t "
                          "BEGIN SELECT 1; END"}) {
    CAPTURE(sql);
    const auto name = [&number](const char* part) {
      return part + std::to_string(number);
    };
    send(database, make_query(name("a"), "INSERT INTO t VALUES (1)"));
    send(database, make_query(name("b"), sql));
    send(database, make_query(name("c"), "INSERT INTO t VALUES (3)"));
    run();
    CHECK(sink.only(name("a")).succeeded());
    // Newer versions of SQLite may take it.
    const auto reply = sink.only(name("b"));
    CHECK((reply.succeeded() || reply.failed_with("sql_error")));
    CHECK(sink.only(name("c")).succeeded());
    ++number;
  }
  CHECK(told.broken.empty());
  must_write(database, "INSERT INTO t VALUES (4)");
  CHECK(rows().contains(R"("n":9)"));
}

TEST_CASE_METHOD(sound_file,
                 "a report of damage is believed only after a look at the file",
                 "[actors][writer][files]") {
  databases.report_damage(database, {codec::error_code::storage,
                                     "malformed: SQLITE_CORRUPT",
                                     codec::fault_kind::damage});
  run();
  must_write(database, "INSERT INTO t VALUES (2)");
  CHECK(told.broken.empty());
}

TEST_CASE_METHOD(sound_file,
                 "a group commits before a request that switches foreign keys "
                 "off, and goes on behind it",
                 "[actors][writer]") {
  must_write(database, "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE "
                       "c(p REFERENCES p ON DELETE CASCADE)");
  must_write(database, "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)");
  const auto commits = counters.commits();
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  send(database, make_query("b", "PRAGMA foreign_keys=OFF; CREATE TABLE q(id "
                                 "INTEGER PRIMARY KEY, y); INSERT INTO q(id) "
                                 "SELECT id FROM p; DROP TABLE p; ALTER TABLE "
                                 "q RENAME TO p"));
  send(database, make_query("c", "INSERT INTO c VALUES (9)"));
  send(database, make_query("d", "PRAGMA foreign_keys=OFF; DELETE FROM p"));
  send(database, make_query("e", "SELECT count(*) AS n FROM c"));
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").succeeded());
  CHECK(sink.only("c").failed_with("constraint"));
  CHECK(sink.only("d").failed_with("constraint"));
  CHECK(sink.only("d").body.contains(
      "row 1 of table c has no parent in table p"));
  CHECK(sink.only("e").body.contains(R"("n":1)"));
  CHECK(counters.commits() >= commits + 2);
}

} // namespace sluice::tests
