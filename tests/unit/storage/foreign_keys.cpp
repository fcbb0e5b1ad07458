#include "storage/foreign_keys.hpp"

#include "storage/pragma.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

/// Requests that switch foreign keys off.
namespace sluice::storage {

namespace {

constexpr auto off = "PRAGMA foreign_keys=OFF;";
constexpr auto violated
    = "constraint: FOREIGN KEY constraint failed: foreign keys were switched "
      "off, and at the end ";

/// Two users, of whom one has two posts, and three deeper ones.
void make_tables(test_database& database) {
  run(database, "CREATE TABLE users(id INTEGER PRIMARY KEY, name);"
                "CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id REFERENCES "
                "users(id) ON DELETE CASCADE);"
                "CREATE TABLE notes(id INTEGER PRIMARY KEY, post_id REFERENCES "
                "posts(id) ON DELETE SET NULL);"
                "INSERT INTO users VALUES (1, 'a'), (2, 'b');"
                "INSERT INTO posts VALUES (1, 1), (2, 1);"
                "INSERT INTO notes VALUES (1, 1), (2, 2), (3, 2)");
}

/// SQLite's own recipe (https://www.sqlite.org/lang_altertable.html), which
/// drizzle and Prisma write, too.
std::string rebuild() {
  return "CREATE TABLE users_new(id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
         "INSERT INTO users_new SELECT * FROM users;"
         "DROP TABLE users;"
         "ALTER TABLE users_new RENAME TO users;";
}

std::string count(test_database& database) {
  return database
      .read("SELECT (SELECT count(*) FROM users) AS u, (SELECT count(*) FROM "
            "posts) AS p, (SELECT count(post_id) FROM notes) AS n")
      .results();
}

constexpr auto all_there = R"([{"u":2,"p":2,"n":3}])";

} // namespace

TEST_CASE("a table that others refer to is rebuilt without their rows",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  SECTION("in a script") {
    CHECK(database.exec(off + rebuild() + "PRAGMA foreign_keys=ON").failure()
          == "none");
  }
  SECTION("in a batch") {
    CHECK(database
              .write(batch({"PRAGMA foreign_keys = 0",
                            "CREATE TABLE users_new(id INTEGER PRIMARY KEY)",
                            "INSERT INTO users_new SELECT id FROM users",
                            "DROP TABLE users",
                            "ALTER TABLE users_new RENAME TO users",
                            "PRAGMA foreign_keys = 1"}))
              .failure()
          == "none");
  }
  SECTION("in a text of several statements") {
    CHECK(database.write(off + rebuild()).failure() == "none");
  }
  SECTION("with the former behaviour of ALTER TABLE") {
    CHECK(database
              .exec(std::string{off}
                    + "PRAGMA legacy_alter_table=ON;"
                      "ALTER TABLE users RENAME TO users_old;"
                      "CREATE TABLE users(id INTEGER PRIMARY KEY, name);"
                      "INSERT INTO users SELECT * FROM users_old;"
                      "DROP TABLE users_old;"
                      "PRAGMA foreign_keys=ON")
              .failure()
          == "none");
  }
  SECTION("after changes that need no foreign keys") {
    CHECK(database.exec("CREATE TABLE more(x);" + std::string{off} + rebuild())
              .failure()
          == "none");
  }
  CHECK(count(database) == all_there);
  // They hold again.
  CHECK(database.write("INSERT INTO posts VALUES (9, 9)")
            .failure()
            .starts_with("constraint: FOREIGN KEY"));
  CHECK(database.write("DELETE FROM users WHERE id = 1").failure() == "none");
  CHECK(count(database) == R"([{"u":1,"p":0,"n":0}])");
}

TEST_CASE("tables are dropped and filled again in any order",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  CHECK(database
            .exec(std::string{off}
                  + "DROP TABLE IF EXISTS users; DROP TABLE IF EXISTS posts;"
                    "CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id "
                    "REFERENCES users(id) ON DELETE CASCADE);"
                    "INSERT INTO posts VALUES (1, 1), (2, 1);"
                    "CREATE TABLE users(id INTEGER PRIMARY KEY, name);"
                    "INSERT INTO users VALUES (1, 'a'), (2, 'b')")
            .failure()
        == "none");
  CHECK(count(database) == all_there);
}

TEST_CASE("a request that leaves foreign keys violated is undone, and its "
          "error names them",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  const auto failure
      = database.exec(std::string{off} + "DELETE FROM users WHERE id = 1")
            .failure();
  CHECK(
      failure
      == violated
             + std::string{
                 "row 1 of table posts has no parent in table users, row 2 of "
                 "table posts has no parent in table users; nothing was "
                 "changed: SQLITE_CONSTRAINT (extended: "
                 "SQLITE_CONSTRAINT_FOREIGNKEY)"});
  CHECK(count(database) == all_there);
  CHECK(database.write(std::string{off} + "DROP TABLE posts; SELECT 1")
            .failure()
            .starts_with(violated));
  CHECK(database
            .exec(std::string{off}
                  + "CREATE TABLE w(a PRIMARY KEY, u REFERENCES users(id)) "
                    "WITHOUT ROWID; INSERT INTO w VALUES (1, 9)")
            .failure()
            .starts_with(std::string{violated}
                         + "a row of table w has no parent in table users; "));
  // Switched on again before, which is too late for what was done.
  CHECK(database
            .exec(std::string{off}
                  + "INSERT INTO posts VALUES (3, 9), (4, 9), (5, 9), (6, 9), "
                    "(7, 9); PRAGMA foreign_keys=ON")
            .failure()
            .contains(" and 2 more are violated; nothing was changed"));
  CHECK(count(database) == all_there);
}

TEST_CASE("switched on again, foreign keys hold for what follows",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  CHECK(database
            .exec(off + rebuild()
                  + "PRAGMA foreign_keys=ON; DELETE FROM users WHERE id = 1")
            .failure()
        == "none");
  CHECK(count(database) == R"([{"u":1,"p":0,"n":0}])");
  CHECK(
      database
          .exec(std::string{off}
                + "SELECT 1; PRAGMA foreign_keys=ON; INSERT INTO posts VALUES "
                  "(9, 9)")
          .failure()
          .contains("statement 4"));
}

TEST_CASE("keys that were violated before do not keep a table from being "
          "rebuilt",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  // As an imported file may have them.
  REQUIRE(look_into(database.path(),
                    "INSERT INTO posts VALUES (7, 77), (8, 88) RETURNING 0")
          == "0");
  CHECK(database.exec(off + rebuild()).failure() == "none");
  CHECK(database.read("SELECT count(*) AS n FROM posts").results()
        == R"([{"n":4}])");
  // One more does.
  CHECK(database.exec(off + rebuild() + "INSERT INTO posts VALUES (9, 99)")
            .failure()
            .starts_with(
                std::string{violated}
                + "row 9 of table posts has no parent in table users; "));
  // A key that fits to nothing was there before, too.
  run(database, "CREATE TABLE a(x); CREATE TABLE b(y REFERENCES a(x))");
  CHECK(database.exec(off + rebuild()).failure() == "none");
  CHECK(database
            .exec(std::string{off}
                  + "CREATE TABLE c(y REFERENCES a(x)); INSERT INTO c VALUES "
                    "(1)")
            .failure()
            .contains("table 'c': foreign key mismatch"));
}

TEST_CASE("PRAGMA foreign_keys=OFF alone is refused, ON changes nothing",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  for (const auto* sql :
       {"PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys(0)",
        "pragma FOREIGN_KEYS = no", "PRAGMA main.foreign_keys = 'false'",
        "PRAGMA foreign_keys = whatever", "PRAGMA foreign_keys = -1",
        "PRAGMA foreign_keys=OFF; PRAGMA foreign_keys=ON"}) {
    CAPTURE(sql);
    CHECK(database.read(sql).done->needs_writer);
    CHECK(database.write(sql).failure().starts_with(
        "not_authorized: PRAGMA foreign_keys=OFF ends with its request"));
    CHECK(database.exec(sql).failure().starts_with("not_authorized: "));
  }
  for (const auto* sql :
       {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys(1)",
        "pragma FOREIGN_KEYS = yes", "PRAGMA foreign_keys = 0x1"}) {
    CAPTURE(sql);
    CHECK(database.write(sql).results() == "[]");
  }
  CHECK(database.write("PRAGMA foreign_keys").results()
        == R"([{"foreign_keys":1}])");
  CHECK(database.write("INSERT INTO posts VALUES (9, 99)")
            .failure()
            .contains("FOREIGN KEY constraint failed"));
}

TEST_CASE("foreign keys hold again after whatever ends a request",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  for (const auto* rest :
       {"SELEC", "INSERT INTO users VALUES (1, 'x')", "SELECT no_such()",
        "INSERT OR ROLLBACK INTO users VALUES (1, 'x')", "DROP TABLE users",
        "PRAGMA journal_mode = DELETE", "DELETE FROM users"}) {
    CAPTURE(rest);
    CHECK(database.exec(std::string{off} + rest).failure() != "none");
    CHECK(database.write("PRAGMA foreign_keys").results()
          == R"([{"foreign_keys":1}])");
  }
  CHECK(count(database) == all_there);
}

TEST_CASE("foreign keys are not switched off while a deferred one is violated",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  make_tables(database);
  CHECK(database
            .exec("PRAGMA defer_foreign_keys = ON; INSERT INTO posts VALUES "
                  "(9, 9); PRAGMA foreign_keys=OFF; SELECT 1")
            .failure()
            .starts_with("constraint: statement 3, line 1: FOREIGN KEY"));
  CHECK(database
            .exec("PRAGMA defer_foreign_keys = ON; INSERT INTO posts VALUES "
                  "(9, 9); INSERT INTO users VALUES (9, 'x')")
            .failure()
        == "none");
}

TEST_CASE("the look at foreign keys ends at the deadline",
          "[storage][foreign_keys]") {
  auto database = test_database{};
  run(database, "CREATE TABLE p(id INTEGER PRIMARY KEY);"
                "CREATE TABLE c(p REFERENCES p(id));"
                "INSERT INTO p VALUES (1);"
                "INSERT INTO c WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                "SELECT i + 1 FROM n LIMIT 300000) SELECT 1 FROM n");
  const auto done
      = check_foreign_keys(database.writer(), std::chrono::steady_clock::now());
  CHECK(failure_of(done).starts_with(
      "timeout: the deadline passed while the foreign keys"));
  CHECK(check_foreign_keys(database.writer(), no_deadline));
}

TEST_CASE("a value switches on what SQLite's own reading of it does",
          "[storage][foreign_keys]") {
  for (const auto* value : {"on", "ON", "yes", "true", "1", "2", "0x1", "01"})
    CHECK(switches_on(value));
  for (const auto* value : {"off", "no", "false", "0", "", "-1", "x", "full",
                            "256", "0x0", "0x-1", "99999999999"})
    CHECK_FALSE(switches_on(value));
}

} // namespace sluice::storage
