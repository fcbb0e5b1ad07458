#include "storage/schema_text.hpp"
#include "storage/sql_literal.hpp"
#include "tests/unit/storage/export_fixture.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::storage {

TEST_CASE_METHOD(export_fixture,
                 "an export of values gives back every one of them exactly",
                 "[storage][export]") {
  source.run(
      "CREATE TABLE v(x);"
      "INSERT INTO v VALUES (NULL), (0), (9223372036854775807), "
      "(-9223372036854775808), (0.0), (-0.0), (0.1), (-2.5), (1e300), "
      "(9e999), (-9e999), (4.9406564584124654e-324), (2.2250738585072014e-308),"
      "(1.7976931348623157e308), (123456789012345680.0), (1.0/3), (5e-320), "
      "(''), ('it''s'), (char(10, 13, 9, 7)), ('ä€😀'), (x''), (x'00'), "
      "(x'27'), (CAST(x'610062' AS TEXT)), (CAST(x'ff61' AS TEXT)), "
      "(CAST(x'' AS BLOB)), ('1'), ('1.0'), ('NULL'), (CAST(x'eda080' AS "
      "TEXT))");
  const auto copy = import();
  expect_equal(copy, {"v"});
  CHECK(text.contains("VALUES(0.1);"));
  CHECK(text.contains("VALUES(-0.0);"));
  CHECK(text.contains("VALUES(9e999);"));
  CHECK(text.contains("CAST(X'610062' AS TEXT)"));
}

TEST_CASE_METHOD(export_fixture, "random REALs come back to the last bit",
                 "[storage][export]") {
  source.run("CREATE TABLE v(x)");
  auto state = std::uint64_t{0x9E3779B97F4A7C15};
  auto sql = std::string{};
  for (auto i = 0; i < 20'000; ++i) {
    // splitmix64
    state += 0x9E3779B97F4A7C15;
    auto bits = state;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    bits ^= bits >> 31;
    auto x = 0.0;
    std::memcpy(&x, &bits, sizeof(x));
    if (x == x)
      sql += "INSERT INTO v VALUES(" + exact_real_expression(x) + ");";
  }
  source.run("BEGIN");
  source.run(sql);
  source.run("COMMIT");
  const auto copy = import();
  expect_equal(copy, {"v"});
}

TEST_CASE_METHOD(export_fixture,
                 "tables of every kind come back with their rows",
                 "[storage][export]") {
  source.run(
      "CREATE TABLE plain(a, b); INSERT INTO plain VALUES (1, 2), (3, 4);"
      "CREATE TABLE \"strange \"\"name\"\"\n'x'\"(\"a \"\"b\", [c d], "
      "`e;f`);"
      "INSERT INTO \"strange \"\"name\"\"\n'x'\" VALUES (1, 2, 3);"
      "CREATE TABLE keyed(id INTEGER PRIMARY KEY, x TEXT);"
      "INSERT INTO keyed VALUES (-5, 'a'), (7, 'b'), (9223372036854775807, "
      "'c');"
      "CREATE TABLE named(id TEXT PRIMARY KEY, x) WITHOUT ROWID;"
      "INSERT INTO named VALUES ('b', 1), ('a', 2);"
      "CREATE TABLE strict_one(i INTEGER, r REAL, t TEXT, b BLOB, x ANY) "
      "STRICT;"
      "INSERT INTO strict_one VALUES (1, 2.0, '3', x'04', '5');"
      "CREATE TABLE generated(a INT, b INT AS (a * 2), c TEXT AS (a || 'x') "
      "STORED, d);"
      "INSERT INTO generated(a, d) VALUES (21, 'd');"
      "CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, x);"
      "INSERT INTO counted(x) VALUES (1), (2), (3);"
      "DELETE FROM counted WHERE id > 1;"
      "CREATE TABLE uncounted(id INTEGER PRIMARY KEY AUTOINCREMENT);"
      "CREATE TABLE rowid_hidden(rowid TEXT, x);"
      "INSERT INTO rowid_hidden VALUES ('not a number', 1);"
      "CREATE TABLE gone(x); INSERT INTO gone VALUES (1), (2), (3);"
      "DELETE FROM gone WHERE x = 2;"
      "CREATE TABLE empty(x);"
      "CREATE TABLE commented(x) -- to the end\n;"
      "CREATE INDEX plain_a ON plain(a); CREATE UNIQUE INDEX plain_b ON "
      "plain(b DESC) WHERE b > 1;"
      "CREATE INDEX plain_e ON plain(a + b);"
      "CREATE VIEW v AS SELECT a FROM plain WHERE a > 1;"
      "CREATE VIEW w(y) AS SELECT a FROM v;"
      "CREATE TRIGGER t AFTER INSERT ON plain BEGIN INSERT INTO keyed(x) "
      "VALUES ('t;'); END;"
      "CREATE TRIGGER u INSTEAD OF INSERT ON v BEGIN SELECT 1; END;"
      "PRAGMA user_version = 42");
  const auto copy = import();
  expect_equal(copy,
               {"plain", "\"strange \"\"name\"\"\n'x'\"", "keyed", "named",
                "strict_one", "generated", "counted", "uncounted",
                "rowid_hidden", "gone", "empty", "w", "sqlite_sequence"});
  expect_same(copy, "SELECT rowid, x FROM gone");
  expect_same(copy, "PRAGMA user_version");
  CHECK(try_export()->rows == 14);
  // The trigger has not fired.
  CHECK(text.starts_with("PRAGMA defer_foreign_keys=TRUE;\n"));
  CHECK(text.contains("INSERT INTO \"plain\" (\"a\",\"b\") VALUES(1,2);\n"));
}

TEST_CASE_METHOD(export_fixture, "full-text tables come back with their index",
                 "[storage][export]") {
  source.run(
      "CREATE VIRTUAL TABLE own USING fts5(a, b UNINDEXED, prefix = '2 3', "
      "tokenize = 'porter');"
      "INSERT INTO own(rowid, a, b) VALUES (5, 'running dogs', 7), (9, 'a "
      "cat', NULL);"
      "INSERT INTO own(own, rank) VALUES ('rank', 'bm25(10.0, 5.0)');"
      "INSERT INTO own(own, rank) VALUES ('pgsz', 1000);"
      "CREATE TABLE posts(id INTEGER PRIMARY KEY, title, body);"
      "CREATE VIRTUAL TABLE post_index USING fts5(title, body, "
      "content='posts', content_rowid=\"id\");"
      "CREATE TRIGGER posts_in AFTER INSERT ON posts BEGIN INSERT INTO "
      "post_index(rowid, title, body) VALUES (new.id, new.title, new.body); "
      "END;"
      "INSERT INTO posts VALUES (3, 'hello world', 'text'), (8, 'other', "
      "'hello again');"
      "CREATE VIRTUAL TABLE old USING fts4(x, y, languageid=\"lid\");"
      "INSERT INTO old(docid, x, y, lid) VALUES (4, 'one two', 'three', 2);"
      "CREATE VIRTUAL TABLE old_index USING fts4(content=\"posts\", title);"
      "INSERT INTO old_index(docid, title) SELECT id, title FROM posts;"
      "CREATE VIRTUAL TABLE words USING fts5vocab('own', 'row');"
      "CREATE VIRTUAL TABLE boxes USING rtree(id, x1, x2, +label);"
      "INSERT INTO boxes VALUES (1, 0.1, 0.3, 'a'), (2, -5, 7, 'b')");
  const auto copy = import();
  expect_equal(copy, {"own", "posts", "post_index", "old", "words", "boxes"});
  expect_same(copy, "SELECT rowid, a, rank FROM own WHERE own MATCH 'run' "
                    "ORDER BY rank");
  expect_same(copy, "SELECT rowid FROM post_index WHERE post_index MATCH "
                    "'hello' ORDER BY rowid");
  expect_same(copy, "SELECT docid, x, lid FROM old WHERE old MATCH 'two' AND "
                    "lid = 2");
  expect_same(copy, "SELECT docid FROM old_index WHERE old_index MATCH "
                    "'hello'");
  expect_same(copy, "SELECT k, v FROM own_config ORDER BY k");
  expect_same(copy, "SELECT id, label FROM boxes WHERE x1 < 0");
  copy.run("INSERT INTO post_index(post_index) VALUES ('integrity-check')");
  copy.run("INSERT INTO own(own) VALUES ('integrity-check')");
}

TEST_CASE_METHOD(export_fixture,
                 "an index of many rows of another table is made in slices",
                 "[storage][export]") {
  source.run(
      "CREATE TABLE posts(id INTEGER PRIMARY KEY, body);"
      "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i "
      "< 12000) INSERT INTO posts SELECT i * 3, 'word' || i FROM c;"
      "CREATE VIRTUAL TABLE f USING fts5(body, content='posts', "
      "content_rowid='id');"
      "INSERT INTO f(f) VALUES ('rebuild')");
  const auto copy = import();
  expect_same(copy, "SELECT rowid FROM f WHERE f MATCH 'word11999'");
  CHECK(text.contains("BETWEEN 3 AND 15000;\n"));
  CHECK(text.contains("BETWEEN 30003 AND 36000;\n"));
  copy.run("INSERT INTO f(f) VALUES ('integrity-check')");
}

TEST_CASE_METHOD(export_fixture,
                 "rows come before those that refer to them by a foreign key",
                 "[storage][export]") {
  source.run(
      // The child was made first; its parent has its key by an index alone.
      "CREATE TABLE child(id INTEGER PRIMARY KEY, code REFERENCES "
      "parent(code));"
      "CREATE TABLE parent(code TEXT, x);"
      "CREATE UNIQUE INDEX parent_code ON parent(code);"
      "INSERT INTO parent VALUES ('a', 1);"
      "INSERT INTO child VALUES (1, 'a'), (2, NULL);"
      // Rows that refer to later ones, and to one another.
      "CREATE TABLE tree(id INTEGER PRIMARY KEY, up NOT NULL REFERENCES tree);"
      "CREATE TABLE forward(id INTEGER PRIMARY KEY, up REFERENCES "
      "forward(id));"
      "CREATE TABLE left_one(id INTEGER PRIMARY KEY, r REFERENCES right_one);"
      "CREATE TABLE right_one(id INTEGER PRIMARY KEY, l REFERENCES left_one);"
      "CREATE TABLE below(id INTEGER PRIMARY KEY, l REFERENCES left_one);"
      "BEGIN; PRAGMA defer_foreign_keys = ON;"
      "INSERT INTO tree VALUES (1, 2), (2, 1), (3, 3);"
      "INSERT INTO forward VALUES (1, 1), (2, 1);"
      "INSERT INTO left_one VALUES (10, 20); INSERT INTO right_one VALUES "
      "(20, 10); INSERT INTO below VALUES (1, 10);"
      "COMMIT");
  REQUIRE(failure_of(try_export()) == "none");
  const auto copy = raw_database{copy_path};
  // A statement at a time, but for what a request of its own begins with.
  const auto moves = text.find("PRAGMA defer_foreign_keys=TRUE;\n", 1);
  REQUIRE(moves != std::string::npos);
  auto at = std::size_t{0};
  auto in_transaction = false;
  while (at < text.size()) {
    const auto end = text.find(";\n", at) + 2;
    const auto statement = text.substr(at, end - at);
    const auto begins = statement.starts_with("PRAGMA defer");
    if (in_transaction && (begins || !statement.contains(" SELECT "))) {
      copy.run("COMMIT");
      in_transaction = false;
    }
    if (begins && at > 0) {
      copy.run("BEGIN");
      in_transaction = true;
    }
    copy.run(statement);
    at = end;
  }
  expect_equal(copy, {"child", "parent", "tree", "forward", "left_one",
                      "right_one", "below"});
  CHECK(copy.rows("PRAGMA foreign_key_check").empty());
  // What is in order needs no detour.
  CHECK(text.contains("INSERT INTO \"forward\" (\"id\",\"up\") VALUES(1,1)"));
}

TEST_CASE_METHOD(export_fixture,
                 "a value too large for a statement comes in parts",
                 "[storage][export]") {
  options.statement_bytes_max = 2'000;
  source.run(
      "CREATE TABLE sluice_parts(x);"
      "CREATE TABLE big(id INTEGER PRIMARY KEY, b BLOB UNIQUE CHECK(length(b) "
      ">= 5000), t TEXT NOT NULL);"
      "INSERT INTO big VALUES (1, zeroblob(5000), replace(hex(zeroblob(2000)), "
      "'0', 'é'));"
      "INSERT INTO big VALUES (2, randomblob(70000), '');"
      "INSERT INTO big VALUES (3, zeroblob(5001), CAST(randomblob(3000) AS "
      "TEXT))");
  const auto copy = import();
  expect_equal(copy, {"big"});
  auto begin = std::size_t{0};
  auto longest = std::size_t{0};
  for (auto end = text.find(";\n"); end != std::string::npos;
       end = text.find(";\n", begin)) {
    longest = std::max(longest, end - begin);
    begin = end + 2;
  }
  CHECK(longest <= 2'000);
  CHECK(text.contains("DROP TABLE \"sluice_parts_\";"));
}

TEST_CASE_METHOD(export_fixture, "an export can be of a part",
                 "[storage][export]") {
  source.run("CREATE TABLE a(x); CREATE INDEX a_x ON a(x); CREATE TABLE b(x);"
             "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);"
             "CREATE TRIGGER a_t AFTER INSERT ON a BEGIN SELECT 1; END;"
             "CREATE VIEW v AS SELECT x FROM a; PRAGMA user_version = 3");
  options.tables = {"A"};
  REQUIRE(failure_of(try_export()) == "none");
  CHECK(text
        == "PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE a(x);\n"
           "CREATE INDEX a_x ON a(x);\n"
           "INSERT INTO \"a\" (\"x\") VALUES(1);\n"
           "CREATE TRIGGER a_t AFTER INSERT ON a BEGIN SELECT 1; END;\n");
  options.has_schema = false;
  REQUIRE(failure_of(try_export()) == "none");
  CHECK(text
        == "PRAGMA defer_foreign_keys=TRUE;\n"
           "INSERT INTO \"a\" (\"x\") VALUES(1);\n");
  options = {.excluded = {"a"}, .has_data = false};
  REQUIRE(failure_of(try_export()) == "none");
  CHECK(text
        == "PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE b(x);\n"
           "CREATE VIEW v AS SELECT x FROM a;\n");
  options = {.tables = {"c"}};
  CHECK(failure_of(try_export()) == "not_found: the database has no table 'c'");
}

TEST_CASE_METHOD(export_fixture, "what no SQL can say is refused by its name",
                 "[storage][export]") {
  source.run("CREATE VIRTUAL TABLE f USING fts4(x, content='');"
             "CREATE TABLE t(x)");
  CHECK(failure_of(try_export())
        == "bad_request: the table 'f' keeps no texts (content=''), only an "
           "index of them; leave it out");
  CHECK(text.empty());
  options.excluded = {"f"};
  CHECK(failure_of(try_export()) == "none");
  options = {.has_data = false};
  CHECK(failure_of(try_export()) == "none");
}

TEST_CASE_METHOD(export_fixture,
                 "an export ends with the error of whoever takes it",
                 "[storage][export]") {
  source.run("CREATE TABLE t(x)");
  const auto done
      = export_sql(source_path, options,
                   {.on_text = [](std::string_view) -> codec::result<void> {
                     return codec::fail(codec::error_code::storage, "no room");
                   }});
  CHECK(failure_of(done) == "storage: no room");
  CHECK(failure_of(export_sql((folder.path() / "none").string(), options, {}))
            .starts_with("storage: "));
}

TEST_CASE("a text without what readers of lines change is an expression",
          "[storage][export]") {
  CHECK(text_expression("it's") == "'it''s'");
  CHECK(text_expression("a\r\nb") == "replace('a\\r\nb','\\r',char(13))");
  CHECK(text_expression("\\r\r") == "replace('\\r(\\r0)','(\\r0)',char(13))");
  CHECK(text_expression("(\\r0)\r'")
        == "replace('(\\r0)(\\r1)''','(\\r1)',char(13))");
}

TEST_CASE_METHOD(export_fixture,
                 "texts with carriage returns come back, and stand in no line",
                 "[storage][export]") {
  source.run("CREATE TABLE v(x);"
             "INSERT INTO v VALUES (char(13)), ('a' || char(13, 10) || 'b'),"
             "('\\r' || char(13) || '\\r(\\r0)' || char(13)), "
             "(char(13, 13, 10)), (replace(hex(zeroblob(100000)), '0', "
             "char(13))), ('(\\r' || char(13) || '0)')");
  const auto copy = import();
  expect_equal(copy, {"v"});
  CHECK_FALSE(text.contains('\r'));
}

TEST_CASE("a definition is a statement that ends where it ends",
          "[storage][export]") {
  CHECK(as_statement("CREATE TABLE t(x)") == "CREATE TABLE t(x);\n");
  CHECK(as_statement("CREATE VIEW v AS SELECT 1 -- a")
        == "CREATE VIEW v AS SELECT 1 -- a\n;\n");
  CHECK(as_statement("CREATE VIEW v AS SELECT 1 /* a")
        == "CREATE VIEW v AS SELECT 1 /* a*/;\n");
  CHECK(as_statement("CREATE VIEW v AS SELECT 1 /* a *")
        == "CREATE VIEW v AS SELECT 1 /* a **/;\n");
  CHECK(as_statement("CREATE VIEW v AS SELECT '/*', \"--\", [/*], `--`")
        == "CREATE VIEW v AS SELECT '/*', \"--\", [/*], `--`;\n");
  CHECK(as_statement("CREATE VIEW v AS SELECT 'it''s' /* -- */")
        == "CREATE VIEW v AS SELECT 'it''s' /* -- */;\n");
}

TEST_CASE("what sqlite3 takes for something else is known",
          "[storage][export]") {
  for (const auto* sql :
       {"CREATE VIEW v AS SELECT 1\r\nFROM t", "CREATE VIEW v AS SELECT 'a\r'",
        "CREATE VIEW v AS SELECT 6 /* \n/\n */",
        "CREATE VIEW v AS SELECT '\ngo\n'",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 6\n/\n3; END"}) {
    CAPTURE(sql);
    CHECK(misread_by_shell(sql).empty());
  }
  CHECK(misread_by_shell("CREATE TABLE t(x DEFAULT 'a\r\nb')")
            .contains("carriage return"));
  CHECK(misread_by_shell("CREATE VIEW v AS SELECT 6\n / \n2")
            .contains("end of the statement"));
  CHECK(misread_by_shell("CREATE TABLE t(a,\nGo\n)")
            .contains("end of the statement"));
}

TEST_CASE_METHOD(export_fixture,
                 "what follows a view with an open comment is not part of it",
                 "[storage][export]") {
  source.run("CREATE TABLE t(x)");
  source.run("CREATE VIEW v AS SELECT 1 -- a");
  source.run("CREATE VIEW w AS SELECT 2 /* open");
  source.run("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END");
  const auto copy = import();
  expect_same(copy, "SELECT name, sql FROM sqlite_schema WHERE name <> 'w'");
  CHECK(copy.first("SELECT sql FROM sqlite_schema WHERE name = 'w'")
        == "tCREATE VIEW w AS SELECT 2 /* open*/|");
}

TEST_CASE_METHOD(export_fixture,
                 "rows that a CHECK does not let in are exported unchecked",
                 "[storage][export]") {
  source.run("CREATE TABLE t(x CHECK (x > 0)); INSERT INTO t VALUES (1);"
             "CREATE TABLE k(x PRIMARY KEY CHECK (x > 0)) WITHOUT ROWID;");
  CHECK(failure_of(try_export()) == "none");
  CHECK_FALSE(text.contains("ignore_check_constraints"));
  for (const auto* table : {"t", "k"}) {
    CAPTURE(table);
    source.run("PRAGMA ignore_check_constraints = ON; INSERT INTO "
               + std::string{table} + " VALUES (-1)");
    REQUIRE(failure_of(try_export()) == "none");
    CHECK(text.contains("PRAGMA ignore_check_constraints=ON;\nINSERT"));
    CHECK(text.ends_with("PRAGMA ignore_check_constraints=OFF;\n"));
    std::filesystem::remove(copy_path);
    const auto copy = raw_database{copy_path};
    copy.run(text);
    expect_equal(copy, {"t", "k"});
    source.run("DELETE FROM " + std::string{table} + " WHERE x < 0");
  }
}

TEST_CASE_METHOD(export_fixture,
                 "keys that cannot be looked up are switched off for the rows",
                 "[storage][export]") {
  const auto* const make = GENERATE(
      "CREATE TABLE gone(x PRIMARY KEY); CREATE TABLE t(x REFERENCES gone);"
      "INSERT INTO t VALUES (NULL); DROP TABLE gone",
      "CREATE TABLE p(x); CREATE UNIQUE INDEX u ON p(x); CREATE TABLE t(x "
      "REFERENCES p(x)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1);"
      "DROP INDEX u");
  source.run(make);
  REQUIRE(failure_of(try_export()) == "none");
  const auto at = text.find("PRAGMA foreign_keys=OFF;\n");
  REQUIRE(at != std::string::npos);
  // A server takes a key that does not fit only as one that was there before.
  CHECK(at > text.rfind("CREATE TABLE"));
  CHECK(at < text.find("INSERT INTO"));
  const auto copy = raw_database{copy_path};
  copy.run(text);
  expect_equal(copy, {"t"});
}

} // namespace sluice::storage
