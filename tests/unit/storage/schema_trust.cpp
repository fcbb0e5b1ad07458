#include "storage/schema_trust.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

namespace sluice::storage {

namespace {

/// A full-text index of a table, kept by triggers, as SQLite's documentation
/// has it (https://www.sqlite.org/fts5.html, section 4.4.3).
constexpr auto indexed_posts = std::string_view{
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title, tags);"
    "CREATE VIRTUAL TABLE found USING fts5(title, content = 'posts', "
    "content_rowid = 'id');"
    "CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN INSERT INTO "
    "found(rowid, title) VALUES (new.id, new.title); END;"
    "CREATE TRIGGER posts_ad AFTER DELETE ON posts BEGIN INSERT INTO "
    "found(found, rowid, title) VALUES ('delete', old.id, old.title); END;"
    "CREATE TRIGGER posts_au AFTER UPDATE ON posts BEGIN INSERT INTO "
    "found(found, rowid, title) VALUES ('delete', old.id, old.title); INSERT "
    "INTO found(rowid, title) VALUES (new.id, new.title); END;"};

int trusted_schema(connection& connection) {
  auto result = -1;
  REQUIRE(sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA,
                            -1, &result)
          == SQLITE_OK);
  return result;
}

} // namespace

TEST_CASE("the schema is not trusted, but where SQLite takes JSON and "
          "full-text search for unsafe",
          "[storage][trust]") {
  auto database = test_database{};
  const auto expected = can_distrust_schema() ? 0 : 1;
  CHECK(trusted_schema(database.writer()) == expected);
  CHECK(trusted_schema(database.reader()) == expected);
  // It can from 3.45 on, which the youngest distributions have.
  if (sqlite3_libversion_number() >= 3'045'000)
    CHECK(can_distrust_schema());
}

TEST_CASE("triggers keep a full-text index, and views search in it",
          "[storage][trust]") {
  auto database = test_database{};
  run(database, indexed_posts);
  run(database,
      "CREATE VIEW hits AS SELECT rowid AS id, rank, title, highlight(found, "
      "0, '[', ']') AS mark, bm25(found) < 0 AS scored, snippet(found, 0, '(', "
      "')', '', 9) AS part FROM found WHERE found MATCH 'sluice'");
  CHECK(database.write("INSERT INTO posts(title) VALUES ('a sluice gate')")
            .failure()
        == "none");
  const auto search = std::string{"SELECT id, mark, scored, part FROM hits"};
  const auto expected = std::string{
      R"([{"id":1,"mark":"a [sluice] gate","scored":1,"part":"a (sluice) gate"}])"};
  CHECK(database.read(search).results() == expected);
  CHECK(database.write(search).results() == expected);
  CHECK(database.write("UPDATE posts SET title = 'a dam'").failure() == "none");
  CHECK(database.read(search).results() == "[]");
  CHECK(database.write("DELETE FROM posts").failure() == "none");
}

TEST_CASE("a reader's statement follows a view that comes to search",
          "[storage][trust]") {
  auto database = test_database{};
  run(database, indexed_posts);
  run(database, "CREATE VIEW v AS SELECT 'plain' AS x; INSERT INTO "
                "posts(title) VALUES ('word')");
  const auto sql = std::string{"SELECT x FROM v"};
  CHECK(database.read(sql).results() == R"([{"x":"plain"}])");
  run(database, "DROP VIEW v; CREATE VIEW v AS SELECT title AS x FROM found "
                "WHERE found MATCH 'word'");
  CHECK(database.read(sql).results() == R"([{"x":"word"}])");
  run(database, "DROP VIEW v; CREATE VIEW v AS SELECT json_extract('[7]', "
                "'$[0]') AS x");
  CHECK(database.read(sql).results() == R"([{"x":7}])");
}

TEST_CASE("a full-text index of the older modules and an R-tree can be kept by "
          "triggers",
          "[storage][trust]") {
  auto database = test_database{};
  run(database,
      "CREATE TABLE t(x); CREATE VIRTUAL TABLE f3 USING fts3(a); CREATE "
      "VIRTUAL TABLE f4 USING fts4(a); CREATE VIRTUAL TABLE r USING rtree(id, "
      "low, high); CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO "
      "f3 VALUES (new.x); INSERT INTO f4 VALUES (new.x); INSERT INTO r VALUES "
      "(new.rowid, 0, 1); DELETE FROM f3 WHERE a MATCH 'gone'; END; CREATE "
      "VIEW v AS SELECT offsets(f4) AS o, r.high FROM f4, r WHERE f4 MATCH 'b' "
      "AND r.id = f4.rowid AND length(matchinfo(f4)) > 0");
  CHECK(database.write("INSERT INTO t VALUES ('a b')").failure() == "none");
  CHECK(database.write("INSERT INTO t VALUES ('gone')").failure() == "none");
  CHECK(database.read("SELECT * FROM v").results()
        == R"([{"o":"0 0 2 1","high":1.0}])");
  CHECK(database.read("SELECT count(*) AS n FROM f3").results()
        == R"([{"n":1}])");
}

TEST_CASE("JSON can stand in generated columns, checks, indexes and defaults",
          "[storage][trust]") {
  auto database = test_database{};
  run(database,
      "CREATE TABLE t(x CHECK (json_valid(x)), y AS (x ->> '$.a'), z DEFAULT "
      "(json('[1]'))); CREATE INDEX i ON t(json_extract(x, '$.b')); CREATE "
      "VIEW v AS SELECT json_group_array(y) AS ys, z FROM t; CREATE TRIGGER "
      "ai AFTER INSERT ON t BEGIN SELECT json(new.x); END");
  CHECK(database.write("INSERT INTO t(x) VALUES ('{\"a\":1}')").failure()
        == "none");
  CHECK(database.read("SELECT * FROM v").results()
        == R"([{"ys":"[1]","z":"[1]"}])");
  // A connection that begins with such a schema.
  auto opened = connection::open(database.path(), connection_options{});
  REQUIRE(opened);
  CHECK((*opened)->integer("SELECT y FROM t") == 1);
}

TEST_CASE("what is not innocuous is refused in a view and a trigger",
          "[storage][trust]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); CREATE VIRTUAL TABLE f USING fts4(a); "
                "INSERT INTO f VALUES ('a')");
  for (const auto* use :
       {"rtreedepth(x'0000')", "optimize(f)", "fts5_source_id()",
        "rtreecheck('main', 't')", "rtreenode(2, x'00')", "load_extension('x')",
        "fts3_tokenizer('simple')", "(SELECT count(*) FROM dbstat)",
        "(SELECT count(*) FROM pragma_table_info('t'))",
        "(SELECT count(*) FROM pragma_function_list)",
        "(SELECT count(*) FROM fts3tokenize WHERE input = 'a')"}) {
    CAPTURE(use);
    // SQLite tells when it is used, not when it is made.
    run(database, "CREATE VIEW v AS SELECT " + std::string{use}
                      + " AS x FROM f; CREATE TRIGGER ai AFTER INSERT ON t "
                        "BEGIN SELECT "
                      + use + " FROM f; END");
    const auto read = database.read("SELECT * FROM v").failure();
    CAPTURE(read);
    CHECK((read.starts_with("not_authorized: ")
           || read.starts_with("sql_error: unsafe use of ")));
    const auto wrote = database.write("INSERT INTO t VALUES (1)").failure();
    CAPTURE(wrote);
    CHECK((wrote.starts_with("not_authorized: ")
           || wrote.starts_with("sql_error: unsafe use of ")));
    run(database, "DROP VIEW v; DROP TRIGGER ai");
  }
  // A client may ask itself.
  CHECK(database.read("SELECT count(*) AS n FROM pragma_table_info('t')")
            .results()
        == R"([{"n":1}])");
  CHECK(database.read("SELECT rtreedepth(x'0000') AS n").results()
        == R"([{"n":0}])");
}

TEST_CASE("MATCH and the functions of search fail without a full-text table",
          "[storage][trust]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); INSERT INTO t VALUES ('a')");
  for (const auto* sql :
       {"SELECT x MATCH 'a' FROM t", "SELECT 'a' MATCH 'a'",
        "SELECT bm25(x) FROM t", "SELECT highlight(x, 0, '', '') FROM t",
        "SELECT snippet(x) FROM t", "SELECT offsets(x) FROM t",
        "SELECT matchinfo(x) FROM t", "SELECT matchinfo(x, 'n') FROM t"}) {
    CAPTURE(sql);
    CHECK(database.read(sql).failure().starts_with("sql_error: "));
  }
}

} // namespace sluice::storage
