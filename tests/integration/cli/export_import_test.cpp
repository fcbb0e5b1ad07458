#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/dumped_database.hpp"
#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

/// Databases as SQL, there and back.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

// Whatever makes it hard to write a database as SQL.
constexpr auto nasty_sql = R"~(
PRAGMA user_version = 7;
CREATE TABLE "child" (id INTEGER PRIMARY KEY, p REFERENCES parent(code),
  up INTEGER REFERENCES child(id));
CREATE TABLE parent(code TEXT, x REAL DEFAULT 1.5, y AS (x * 2) STORED,
  z AS (code || '!'));
CREATE UNIQUE INDEX parent_code ON parent(code COLLATE NOCASE);
CREATE UNIQUE INDEX parent_key ON parent(code);
CREATE TABLE "a ""b"";
c"("x ; y" TEXT, [select] BLOB, `ä` ANY);
CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, v);
CREATE TABLE strict_one(i INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT;
CREATE TABLE keyed(k TEXT, n INT, v, PRIMARY KEY (k, n DESC)) WITHOUT ROWID;
CREATE TABLE pairs(id INTEGER PRIMARY KEY, other NOT NULL REFERENCES pairs);
CREATE TABLE holes(x);
CREATE VIEW seen AS SELECT code FROM parent WHERE x > 0;
CREATE VIRTUAL TABLE notes USING fts5(title, body, tokenize = 'porter');
CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, body TEXT);
CREATE VIRTUAL TABLE post_index USING fts5(title, body, content = 'posts',
  content_rowid = 'id');
CREATE TRIGGER post_added AFTER INSERT ON posts BEGIN
  INSERT INTO post_index(rowid, title, body)
  VALUES (new.id, new.title, new.body);
END;
CREATE TRIGGER parent_added AFTER INSERT ON parent BEGIN
  INSERT INTO holes VALUES ('trigger;' || new.code);
END;
INSERT INTO parent(code, x) VALUES ('a', -0.0), ('ß', 9e999), ('', 1e-320);
INSERT INTO child VALUES (5, 'a', NULL), (9, NULL, 5), (2, 'ß', 9);
INSERT INTO "a ""b"";
c" VALUES ('it''s', x'00ff27', 9223372036854775807),
  (CAST(x'61006220ff' AS TEXT), NULL, -9223372036854775808),
  (char(10) || char(13) || 'ä😀', x'', 0.1), ('', zeroblob(3), 1e300);
INSERT INTO counted(v) VALUES (1), (2), (3);
DELETE FROM counted WHERE id > 1;
INSERT INTO strict_one VALUES (1, 2.0, '3', x'04', '5');
INSERT INTO keyed VALUES ('b', 1, 1), ('a', 2, NULL), ('a', 1, 'x');
INSERT INTO holes VALUES (1), (2), (3);
DELETE FROM holes WHERE x = 2;
INSERT INTO notes(rowid, title, body) VALUES (4, 'Running', 'a dog'),
  (9, 'Ä', NULL);
INSERT INTO posts VALUES (3, 'hello', 'first'), (8, 'world', 'second hello');
)~";

struct server_fixture {
  server_fixture() : remote{server.url()} {
    remote.create_database("app");
    remote.create_database("copy");
  }

  cli_outcome run(std::vector<std::string> words,
                  const std::string& input = {}) {
    words.insert(words.end(), {"--nats-url", server.url()});
    return run_cli(words, input);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder.path() / name).string();
  }
  void make(const std::string& sql) {
    const auto made = run({"import", "app", "-"}, sql);
    INFO(made.err);
    REQUIRE(made.status == 0);
    // Rows that refer to one another, which only one transaction can make.
    static_cast<void>(
        remote.exec("app", R"({"sql":"PRAGMA defer_foreign_keys = ON; )"
                           R"(INSERT INTO pairs VALUES (1, 2), (2, 1);"})"));
  }

  temporary_directory folder;
  sluice_process server;
  client remote;
};

} // namespace

TEST_CASE_METHOD(server_fixture,
                 "what is exported and imported is an equal database") {
  make(nasty_sql);
  // More than one statement, and one request, can hold.
  remote.run("app", "INSERT INTO strict_one VALUES (2, 0, hex(zeroblob(200000))"
                    ", randomblob(1500000), NULL)");
  const auto file = path("app.sql");
  const auto exported = run({"export", "app", "--output", file});
  INFO(exported.err);
  REQUIRE(exported.status == 0);
  CHECK(exported.out.starts_with("exported 11 tables with "));
  CHECK(exported.err.empty());
  const auto imported = run({"import", "copy", file, "--table"});
  INFO(imported.err);
  REQUIRE(imported.status == 0);
  CHECK(imported.err.empty());
  const auto before = content_of(server.url(), "app");
  CHECK(before.contains("text ok|"));
  CHECK(before.contains("holes:\n"));
  CHECK(content_of(server.url(), "copy") == before);
  // Its text is the same, too.
  REQUIRE(run({"export", "copy", "--output", path("copy.sql")}).status == 0);
  CHECK(read_text_file(path("copy.sql")) == read_text_file(file));
  const auto* const search = "SELECT rowid FROM post_index WHERE post_index "
                             "MATCH 'hello' ORDER BY rowid";
  CHECK(run({"execute", "copy", "--table", "--command", search})
            .out.starts_with("rowid\n-----\n    3\n    8\n"));
  // Nothing is left in the folder besides.
  CHECK(std::distance(fs::directory_iterator{folder.path()},
                      fs::directory_iterator{})
        == 2);
}

TEST_CASE_METHOD(server_fixture,
                 "what is there and is no file is written to as it is") {
  make(nasty_sql);
  const auto whole = run({"export", "app"}).out;
  const auto pipe = path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  auto reader = std::async(std::launch::async,
                           [&pipe] { return read_text_file(pipe); });
  const auto piped = run({"export", "app", "--output", pipe});
  CHECK(piped.status == 0);
  CHECK(piped.out.empty());
  CHECK(reader.get() == whole);
  CHECK(fs::is_fifo(pipe));
  const auto nowhere = run({"export", "app", "--output", "/dev/null"});
  CHECK(nowhere.status == 0);
  CHECK(nowhere.out.empty());
  CHECK(fs::is_character_file("/dev/null"));
  for (const auto* command : {"export", "dump"}) {
    const auto full = run({command, "app", "--output", "/dev/full"});
    CHECK(full.status == 1);
    CHECK(full.out.empty());
    CHECK(full.err.contains("cannot write /dev/full: No space left"));
  }
}

TEST_CASE_METHOD(server_fixture, "a dump is a file that any SQLite opens") {
  make(nasty_sql);
  remote.run("app", "INSERT INTO strict_one VALUES (2, 0, hex(zeroblob(200000))"
                    ", randomblob(1500000), NULL)");
  const auto dumped = run({"dump", "app", "--output", path("app.sqlite")});
  INFO(dumped.err);
  REQUIRE(dumped.status == 0);
  CHECK(dumped.out.starts_with("wrote app to "));
  CHECK(content_of_file(path("app.sqlite")) == content_of(server.url(), "app"));
  const auto printed = run({"dump", "app", "--output", "-"});
  CHECK(printed.status == 0);
  CHECK(printed.out == read_text_file(path("app.sqlite")));
  CHECK(run({"dump", "none", "--output", path("none.sqlite")}).status == 1);
  CHECK_FALSE(fs::exists(path("none.sqlite")));
}

TEST_CASE_METHOD(server_fixture,
                 "an export makes the same database with the program sqlite3") {
  make(nasty_sql);
  const auto exported = run({"export", "app"});
  REQUIRE(exported.status == 0);
  std::ofstream{path("app.sql")} << exported.out;
  const auto command = "sqlite3 -bail " + path("app.sqlite") + " < "
                       + path("app.sql") + " 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(content_of_file(path("app.sqlite")) == content_of(server.url(), "app"));
}

TEST_CASE_METHOD(server_fixture,
                 "an index of stems, whose texts are nowhere, is exported and "
                 "imported") {
  make("CREATE TABLE pairs(id, other); CREATE VIRTUAL TABLE f USING fts5(a, b, "
       "content='', tokenize='porter', detail=column); INSERT INTO f(rowid, a, "
       "b) VALUES (1, 'with ease', ''), (7, 'easily, easier', 'it''s running'),"
       "(9, NULL, replace(hex(zeroblob(100000)), '0', 'ease '))");
  REQUIRE(run({"export", "app", "--output", path("app.sql")}).status == 0);
  const auto imported = run({"import", "copy", path("app.sql")});
  INFO(imported.err);
  REQUIRE(imported.status == 0);
  for (const auto* sql : {"SELECT rowid, rank FROM f('ease') ORDER BY rank",
                          "SELECT rowid, rank FROM f('a : eas*') ORDER BY rank",
                          "SELECT id, hex(sz) FROM f_docsize",
                          "SELECT hex(block) FROM f_data WHERE id = 1"}) {
    CAPTURE(sql);
    const auto before = remote.run("app", sql).at("/results");
    CHECK(before != "[]");
    CHECK(remote.run("copy", sql).at("/results") == before);
  }
}

TEST_CASE_METHOD(server_fixture, "what sqlite3's .dump writes is imported") {
  const auto command
      = "sqlite3 " + path("old.sqlite")
        + " \"CREATE TABLE p(id INTEGER PRIMARY KEY, x); CREATE TABLE c(p "
          "REFERENCES p, y TEXT); INSERT INTO c VALUES (1, 'a; BEGIN'); INSERT "
          "INTO p VALUES (1, 0.1);\" && sqlite3 "
        + path("old.sqlite") + " .dump > " + path("old.sql");
  REQUIRE(std::system(command.c_str()) == 0);
  const auto imported = run({"import", "copy", path("old.sql")});
  CHECK(imported.status == 0);
  CHECK(imported.err.contains("note: BEGIN and COMMIT are left out"));
  CHECK(content_of(server.url(), "copy")
        == content_of_file(path("old.sqlite")));
  REQUIRE(std::system(("sqlite3 " + path("old.sqlite")
                       + " 'CREATE VIRTUAL TABLE f USING fts5(x)' && sqlite3 "
                       + path("old.sqlite") + " .dump > " + path("old.sql"))
                          .c_str())
          == 0);
  const auto refused = run({"import", "app", path("old.sql")});
  CHECK(refused.status == 1);
  CHECK(refused.err.contains(": PRAGMA writable_schema: "));
}

TEST_CASE_METHOD(server_fixture, "an export can be of some tables, or half") {
  make("CREATE TABLE a(x); INSERT INTO a VALUES (1); CREATE TABLE b(y); "
       "CREATE TABLE pairs(id, other)");
  CHECK(run({"export", "app", "--table", "a", "--table", "b", "--no-data"}).out
        == "PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE a(x);\n"
           "CREATE TABLE b(y);\n");
  CHECK(run({"export", "app", "--exclude-table", "pairs", "--no-schema"}).out
        == "PRAGMA defer_foreign_keys=TRUE;\n"
           "INSERT INTO \"a\" (\"x\") VALUES(1);\n");
  const auto missing = run({"export", "app", "--table", "none"});
  CHECK(missing.status == 1);
  CHECK(missing.err == "sluice: the database has no table 'none'\n");
  CHECK(run({"export", "app", "--no-schema", "--no-data"}).status == 2);
  CHECK(run({"export", "none"}).status == 1);
}

TEST_CASE_METHOD(server_fixture,
                 "an export that fails leaves what was there, and no more") {
  make("CREATE VIRTUAL TABLE f USING fts5(x, content=''); INSERT INTO f(rowid, "
       "x) VALUES (1, 'one two three'); INSERT INTO f(f, rowid, x) VALUES "
       "('delete', 1, 'two'); CREATE TABLE pairs(id, other)");
  std::ofstream{path("app.sql")} << "former";
  const auto failed = run({"export", "app", "--output", path("app.sql")});
  CHECK(failed.status == 1);
  CHECK(
      failed.err
      == "sluice: the table 'f' keeps no texts (content=''), and the parts of "
         "its index do not fit together, as after a 'delete' with other texts "
         "than were inserted; leave it out (--exclude-table)\n");
  CHECK(read_text_file(path("app.sql")) == "former");
  CHECK(run({"export", "app", "--output", path("none/app.sql")}).status == 1);
  CHECK(std::distance(fs::directory_iterator{folder.path()},
                      fs::directory_iterator{})
        == 1);
}

TEST_CASE_METHOD(server_fixture,
                 "an export whose reader has gone ends with status 1") {
  remote.run("app", "CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION "
                    "ALL SELECT i + 1 FROM c WHERE i < 50000) SELECT i, "
                    "'some text' FROM c");
  const auto command = std::string{"( "} + SLUICE_PROGRAM
                       + " export app --nats-url " + server.url() + " 2> "
                       + path("err") + "; echo $? > " + path("status")
                       + " ) | head -n 1 > " + path("out");
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_text_file(path("out")) == "PRAGMA defer_foreign_keys=TRUE;\n");
  CHECK(read_text_file(path("status")) == "1\n");
  CHECK(read_text_file(path("err")) == "sluice: cannot write the output\n");
}

TEST_CASE_METHOD(server_fixture, "info shows tables with their rows") {
  make("CREATE TABLE pairs(id, other); INSERT INTO pairs VALUES (3, 4); CREATE "
       "VIEW v AS SELECT 1; CREATE VIRTUAL TABLE f USING fts5(x)");
  const auto shown = run({"info", "app", "--table"});
  CHECK(shown.status == 0);
  CHECK(shown.out.ends_with("\n\nname  | type    | rows\n------+---------+-----"
                            "\nf     | virtual |    0\npairs | table   |    3\n"
                            "v     | view    |\n"));
  const auto json = run({"info", "app", "--no-count"});
  CHECK(json.out.contains("\"tables\": ["));
  CHECK(json.out.contains("\"rows\": null"));
  CHECK(run({"info", "none"}).status == 1);
}

} // namespace sluice::tests
