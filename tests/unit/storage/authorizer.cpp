#include "storage/authorizer.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

constexpr auto reserved
    = "not_authorized: names that begin with _cf_ or _sluice_ are reserved";

/// The failure of a statement on the writer, and of the same on the reader
/// unless that passes it on.
void check_refused(test_database& database, std::string_view sql,
                   std::string_view message) {
  CAPTURE(sql);
  CHECK(database.write(sql).failure() == message);
  const auto read = database.read(sql);
  if (!read.done || !read.done->needs_writer)
    CHECK(read.failure() == message);
}

void check_not_authorized(test_database& database, std::string_view sql) {
  CAPTURE(sql);
  CHECK(database.write(sql).failure().starts_with("not_authorized: "));
  const auto read = database.read(sql);
  if (!read.done || !read.done->needs_writer)
    CHECK(read.failure().starts_with("not_authorized: "));
}

} // namespace

TEST_CASE("transaction control is refused and the message names the batch",
          "[storage][authorizer]") {
  auto database = test_database{};
  for (const auto* sql :
       {"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a",
        "RELEASE a", "ROLLBACK TO a", "ROLLBACK TO request", "RELEASE request",
        "SELECT 1; COMMIT"})
    check_refused(database, sql,
                  "not_authorized: transaction control (BEGIN, COMMIT, "
                  "ROLLBACK, SAVEPOINT, RELEASE) is not allowed: send the "
                  "statements as a batch, which is one transaction");
}

TEST_CASE("ATTACH, DETACH and VACUUM are refused", "[storage][authorizer]") {
  auto database = test_database{};
  check_not_authorized(database, "ATTACH '/tmp/other.sqlite' AS other");
  check_not_authorized(database, "ATTACH ':memory:' AS other");
  check_not_authorized(database, "DETACH main");
  check_not_authorized(database, "VACUUM INTO '/tmp/copy.sqlite'");
  check_not_authorized(database, "VACUUM");
  check_not_authorized(database, " -- a\n vacuum main");
  CHECK(database.exec("SELECT 1; VACUUM INTO '/tmp/copy.sqlite'")
            .failure()
            .starts_with("not_authorized: "));
}

TEST_CASE("load_extension is refused", "[storage][authorizer]") {
  auto database = test_database{};
  check_refused(database, "SELECT load_extension('x')",
                "not_authorized: load_extension is not allowed");
  check_refused(database, "SELECT LOAD_EXTENSION('x', 'y')",
                "not_authorized: load_extension is not allowed");
}

TEST_CASE("fts3_tokenizer, which calls what it is given, is refused",
          "[storage][authorizer]") {
  auto database = test_database{};
  const auto message
      = std::string_view{"not_authorized: fts3_tokenizer is not allowed"};
  for (const auto* sql : {"SELECT fts3_tokenizer('simple')",
                          "SELECT FTS3_TOKENIZER('x', x'4141414141414141')"})
    check_refused(database, sql, message);
  const auto address = codec::blob{std::vector<std::byte>(8, std::byte{0x41})};
  const auto text = std::string_view{"SELECT fts3_tokenizer(?, ?)"};
  CHECK(database.write(text, {"x", address}).failure() == message);
  CHECK(database.read(text, {"x", address}).failure() == message);
  // Without it, FTS3 has its own tokenizers.
  run(database, "CREATE VIRTUAL TABLE f USING fts4(a, tokenize = porter)");
}

TEST_CASE("an index of FTS4 without texts, which could not be exported, is "
          "refused",
          "[storage][authorizer]") {
  auto database = test_database{};
  for (const auto* sql :
       {"CREATE VIRTUAL TABLE f USING fts4(x, content='')",
        "create virtual table if not exists temp.f using FTS4(content=\"\", x)",
        "/* c */ CREATE VIRTUAL TABLE f USING fts4(content=, x)"})
    check_refused(database, sql,
                  "not_authorized: a table of FTS4 without texts (content='') "
                  "is not allowed, for it could not be exported: FTS5 has the "
                  "same, USING fts5(x, content='')");
  run(database, "CREATE VIRTUAL TABLE f USING fts5(x, content='')");
  run(database, "CREATE VIRTUAL TABLE g USING fts4(x, content='f')");
}

TEST_CASE("the schema's own table cannot be written", "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  for (const auto* sql :
       {"UPDATE sqlite_schema SET sql = 'x'", "DELETE FROM sqlite_master",
        "INSERT INTO sqlite_schema VALUES ('table', 'a', 'a', 0, '')",
        "DROP TABLE sqlite_schema"}) {
    CAPTURE(sql);
    CHECK(database.write(sql).failure() != "none");
  }
  CHECK(
      database.read("SELECT name FROM sqlite_schema WHERE name = 't'").results()
      == R"([{"name":"t"}])");
}

TEST_CASE("the statements of others are not readable",
          "[storage][authorizer]") {
  auto database = test_database{};
  check_not_authorized(database, "SELECT sql FROM sqlite_stmt");
  check_not_authorized(database, "SELECT count(*) FROM SQLITE_STMT");
}

TEST_CASE("Sluice's own tables can neither be read nor written",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  for (const auto* sql :
       {"SELECT * FROM _cf_METADATA", "SELECT count(*) FROM _CF_METADATA",
        "SELECT 1 FROM t, main._cf_METADATA",
        "SELECT (SELECT commit_number FROM \"_cf_METADATA\")",
        "INSERT INTO _cf_METADATA VALUES (2, 'x', 0)",
        "INSERT INTO t SELECT commit_number FROM _cf_METADATA",
        "UPDATE _cf_METADATA SET commit_number = 0", "DELETE FROM _cf_METADATA",
        "DROP TABLE _cf_METADATA", "ALTER TABLE _cf_METADATA RENAME TO mine",
        "ALTER TABLE _cf_METADATA ADD COLUMN y",
        "ALTER TABLE _cf_METADATA RENAME COLUMN id TO x",
        "CREATE INDEX i ON _cf_METADATA(commit_number)",
        "CREATE TRIGGER a AFTER UPDATE ON _cf_METADATA BEGIN SELECT 1; END",
        "CREATE TABLE mine AS SELECT * FROM _cf_METADATA"})
    check_refused(database, sql, reserved);
}

TEST_CASE("nothing can take a reserved name", "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); CREATE VIEW w AS SELECT 1");
  for (const auto* sql :
       {"CREATE TABLE _sluice_x(a)", "CREATE TABLE _Sluice_x(a)",
        "CREATE TABLE IF NOT EXISTS _cf_METADATA(a)",
        "CREATE TEMP TABLE _cf_METADATA(a)", "CREATE TABLE _Cf_x(a)",
        "CREATE VIEW _sluice_x AS SELECT 1", "CREATE INDEX _sluice_x ON t(x)",
        "CREATE TRIGGER _sluice_x AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE _sluice_x USING fts5(a)",
        "CREATE TEMP TABLE a(x); ALTER TABLE temp.a RENAME TO _cf_METADATA",
        "PRAGMA case_sensitive_like = ON; ALTER TABLE t RENAME TO _SLUICE_x",
        "ALTER TABLE t RENAME TO _sluice_x",
        // Its own tables would begin with _cf_.
        "CREATE VIRTUAL TABLE f USING fts5(a); ALTER TABLE f RENAME TO _cf",
        "CREATE VIRTUAL TABLE f USING fts5(a); ALTER TABLE f RENAME TO "
        "'_Sluice'",
        "CREATE VIRTUAL TABLE _cf USING fts5(a)",
        "ALTER TABLE t RENAME TO \"_SLUICE_x\"",
        "SELECT 1; ALTER TABLE t RENAME TO _sluice_x; SELECT 2"})
    check_refused(database, sql, reserved);
  CHECK(database.exec("ALTER TABLE t RENAME TO _sluice_x").failure()
        == "not_authorized: statement 1, line 1: names that begin with "
           "_cf_ or _sluice_ are reserved");
  CHECK(database
            .read("SELECT name FROM sqlite_schema WHERE name LIKE "
                  "'\\_cf\\_%' ESCAPE '\\'")
            .results()
        == R"([{"name":"_cf_METADATA"},{"name":"_cf_KV"}])");
  // Other names of tables can still change.
  run(database, "ALTER TABLE t RENAME TO sluice_x");
}

TEST_CASE("a trigger gives no way into Sluice's own tables",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  // Whether it is refused now or when it fires, it does nothing.
  const auto made = database.write(
      "CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN UPDATE _cf_METADATA SET "
      "commit_number = 99; END");
  const auto insert = std::string_view{"INSERT INTO t VALUES (1)"};
  if (made.done)
    check_refused(database, insert, reserved);
  else
    CHECK(made.failure() == reserved);
  CHECK(look_into(database.path(), "SELECT commit_number < 9 FROM "
                                   "_cf_METADATA")
        == "1");
}

TEST_CASE("a trigger that came after a statement was prepared is judged too",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  const auto insert = std::string_view{"INSERT INTO t VALUES (1)"};
  CHECK(database.write(insert).failure() == "none");
  if (database
          .write("CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN DELETE FROM "
                 "_cf_METADATA; END")
          .done)
    CHECK(database.write(insert).failure() == reserved);
  CHECK(look_into(database.path(), "SELECT count(*) FROM _cf_METADATA") == "1");
}

TEST_CASE("a view gives no way into Sluice's own tables",
          "[storage][authorizer]") {
  auto database = test_database{};
  const auto made
      = database.write("CREATE VIEW v AS SELECT * FROM _cf_METADATA");
  if (!made.done)
    return;
  check_refused(database, "SELECT * FROM v", reserved);
  check_refused(database, "SELECT count(*) FROM v", reserved);
}

TEST_CASE("no foreign key refers to Sluice's own tables, which would stop "
          "every commit",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  for (const auto* sql :
       {"CREATE TABLE child(x REFERENCES _cf_METADATA(id))",
        "CREATE TABLE child(x REFERENCES \"_CF_METADATA\"(commit_number))",
        "CREATE TABLE child(x, FOREIGN KEY (x) REFERENCES[_cf_METADATA])",
        "ALTER TABLE t ADD COLUMN y REFERENCES _cf_METADATA(commit_number)"})
    check_refused(database, sql, reserved);
  run(database, "CREATE TABLE child(x REFERENCES t(x), my_sluice_column)");
}

TEST_CASE("full-text search gives no way into Sluice's own tables",
          "[storage][authorizer]") {
  auto database = test_database{};
  // It could be neither filled nor exported.
  for (const auto* sql :
       {"CREATE VIRTUAL TABLE f USING fts5(database_uuid, content = "
        "'_cf_METADATA', content_rowid = 'id')",
        "CREATE VIRTUAL TABLE f USING fts5(key, content=\"_CF_KV\")",
        "CREATE VIRTUAL TABLE f USING fts5(key, content=_cf_KV)",
        "CREATE VIRTUAL TABLE f USING fts4(key, content=[_cf_KV])"})
    check_refused(database, sql, reserved);
  run(database, "CREATE VIRTUAL TABLE f USING fts5(_cfx, content='')");
}

TEST_CASE("ANALYZE and REINDEX go over all tables but Sluice's own",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); CREATE INDEX t_x ON t(x); INSERT INTO t "
                "VALUES (1); ANALYZE; REINDEX; ANALYZE main; ANALYZE "
                "_cf_METADATA; ANALYZE t");
  CHECK(database.read("SELECT DISTINCT tbl FROM sqlite_stat1").results()
        == R"([{"tbl":"t"}])");
}

TEST_CASE("an alias or a column with a reserved prefix does no harm",
          "[storage][authorizer]") {
  auto database = test_database{};
  CHECK(database.read("SELECT 1 AS _sluice_x").results()
        == R"([{"_sluice_x":1}])");
}

TEST_CASE("a refusal does not stick to what follows", "[storage][authorizer]") {
  auto database = test_database{};
  check_refused(database, "SELECT * FROM _cf_METADATA", reserved);
  CHECK(database.write("SELECT 1 AS x").results() == R"([{"x":1}])");
  CHECK(database.write("SELECT y").failure()
        == "sql_error: no such column: y at offset 7: SQLITE_ERROR");
}

TEST_CASE("Sluice's own statements are allowed everything",
          "[storage][authorizer]") {
  auto database = test_database{};
  CHECK(database.writer().integer("SELECT count(*) FROM _cf_METADATA") == 1);
  {
    const auto trusted = authorizer::trust{database.writer().authorizer()};
    const auto again = authorizer::trust{database.writer().authorizer()};
  }
  check_refused(database, "SELECT * FROM _cf_METADATA", reserved);
}

TEST_CASE("temporary objects are gone after the request",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  for (const auto* sql :
       {"CREATE TEMP TABLE a(x); INSERT INTO a VALUES (1); SELECT * FROM a",
        "CREATE TEMP TABLE a AS SELECT 1 AS x",
        "CREATE TABLE temp.a(x); CREATE INDEX temp.i ON a(x)",
        "CREATE TABLE temp.a(x)", "CREATE TABLE IF NOT EXISTS TEMP.t(x)",
        "CREATE VIEW temp.a AS SELECT 1 AS x",
        "CREATE TRIGGER temp.a AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE TEMP VIEW a AS SELECT 1 AS x",
        "CREATE TEMP TABLE b(x); CREATE TEMP VIEW a AS SELECT x FROM b",
        "CREATE TEMP TABLE a(x PRIMARY KEY); ANALYZE temp",
        "CREATE TEMP TABLE \"a \"\"b\"(x)",
        "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE VIRTUAL TABLE temp.a USING fts5(x)",
        "CREATE VIRTUAL TABLE temp.a USING dbstat",
        "CREATE VIRTUAL TABLE temp.a USING rtree(id, x, y)"}) {
    CAPTURE(sql);
    CHECK(database.write(sql).failure() == "none");
    CHECK(
        database.write("SELECT count(*) AS n FROM sqlite_temp_schema").results()
        == R"([{"n":0}])");
    CHECK(database.exec(sql).failure() == "none");
  }
  run(database, "INSERT INTO t VALUES (1)");
  CHECK(database.read("SELECT x FROM t").results() == R"([{"x":1}])");
}

TEST_CASE("a temporary table hides another only within its request",
          "[storage][authorizer]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); INSERT INTO t VALUES ('main')");
  const auto sql = std::string{"SELECT x FROM t"};
  CHECK(database.write(sql).results() == R"([{"x":"main"}])");
  const auto reply = database.write(
      batch({"CREATE TEMP TABLE t AS SELECT 'temp' AS x", sql}));
  CHECK(reply.at("/1/results") == R"([{"x":"temp"}])");
  CHECK(database.write(sql).results() == R"([{"x":"main"}])");
}

TEST_CASE("a temporary table has no AUTOINCREMENT, whose counters would stay",
          "[storage][authorizer]") {
  auto database = test_database{};
  const auto message = std::string_view{
      "not_authorized: AUTOINCREMENT is not allowed in a temporary table: "
      "leave it away, INTEGER PRIMARY KEY numbers the rows"};
  for (const auto* sql :
       {"CREATE TEMP TABLE a(x INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE temp.a(x INTEGER PRIMARY KEY AUTOINCREMENT)"})
    check_refused(database, sql, message);
  run(database, "CREATE TABLE a(x INTEGER PRIMARY KEY AUTOINCREMENT); INSERT "
                "INTO a DEFAULT VALUES");
  CHECK(database.write("SELECT seq FROM sqlite_sequence").results()
        == R"([{"seq":1}])");
}

TEST_CASE("temporary objects of a request that failed are gone",
          "[storage][authorizer]") {
  auto database = test_database{};
  CHECK(database
            .write("CREATE TEMP TABLE a(x); CREATE TEMP VIEW v AS SELECT 1; "
                   "SELECT * FROM missing")
            .failure()
            .starts_with("sql_error: "));
  CHECK(database.write("SELECT count(*) AS n FROM sqlite_temp_schema").results()
        == R"([{"n":0}])");
}

} // namespace sluice::storage
