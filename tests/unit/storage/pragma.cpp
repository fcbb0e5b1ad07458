#include "storage/pragma.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

void make_tables(test_database& database) {
  run(database, "CREATE TABLE parent(id INTEGER PRIMARY KEY, name);"
                "CREATE INDEX parent_name ON parent(name);"
                "CREATE TABLE child(id INTEGER PRIMARY KEY, parent_id NOT NULL "
                "REFERENCES parent(id));"
                "INSERT INTO parent VALUES (1, 'a')");
}

/// A setting, and a statement that tells by its result whether it is on.
struct setting {
  std::string pragma;
  std::string probe;
  std::string on;
  std::string off;
};

std::vector<setting> settings() {
  const auto state = [](const std::string& name) {
    return setting{name, "PRAGMA " + name, "[{\"" + name + "\":1}]",
                   "[{\"" + name + "\":0}]"};
  };
  return {state("defer_foreign_keys"),
          state("legacy_alter_table"),
          state("ignore_check_constraints"),
          state("recursive_triggers"),
          state("reverse_unordered_selects"),
          {"case_sensitive_like", "SELECT 'a' LIKE 'A' AS x", R"([{"x":0}])",
           R"([{"x":1}])"}};
}

} // namespace

TEST_CASE("each PRAGMA of the protocol works for a reader and the writer",
          "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  for (const auto* sql : {"PRAGMA table_info(parent)",
                          "PRAGMA table_xinfo('parent')",
                          "PRAGMA table_list",
                          "PRAGMA table_list(parent)",
                          "PRAGMA index_info(parent_name)",
                          "PRAGMA index_xinfo(parent_name)",
                          "PRAGMA index_list = parent",
                          "PRAGMA foreign_key_list(child)",
                          "PRAGMA foreign_key_check",
                          "PRAGMA foreign_key_check(child)",
                          "PRAGMA foreign_keys",
                          "PRAGMA defer_foreign_keys",
                          "PRAGMA defer_foreign_keys = ON",
                          "PRAGMA case_sensitive_like",
                          "PRAGMA case_sensitive_like = ON",
                          "PRAGMA legacy_alter_table = ON",
                          "PRAGMA ignore_check_constraints = ON",
                          "PRAGMA recursive_triggers = ON",
                          "PRAGMA reverse_unordered_selects = ON",
                          "PRAGMA quick_check",
                          "PRAGMA quick_check(1)",
                          "PRAGMA integrity_check",
                          "PRAGMA integrity_check(parent)",
                          "PRAGMA optimize",
                          "PRAGMA optimize(0xfffe)",
                          "PRAGMA page_count",
                          "PRAGMA page_size",
                          "PRAGMA freelist_count",
                          "PRAGMA function_list",
                          "PRAGMA module_list",
                          "PRAGMA pragma_list",
                          "PRAGMA compile_options",
                          "PRAGMA user_version",
                          "PRAGMA user_version = 3",
                          "PRAGMA main.user_version",
                          "pragma USER_VERSION"}) {
    CAPTURE(sql);
    CHECK(database.read(sql).failure() == "none");
    CHECK(database.write(sql).failure() == "none");
  }
}

TEST_CASE("PRAGMAs reply with rows", "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  CHECK(database.read("PRAGMA foreign_keys").results()
        == R"([{"foreign_keys":1}])");
  CHECK(database.read("PRAGMA integrity_check").results()
        == R"([{"integrity_check":"ok"}])");
  CHECK(database.read("PRAGMA index_info(parent_name)").results()
        == R"([{"seqno":0,"cid":1,"name":"name"}])");
  CHECK(database.read("PRAGMA page_size").results()
        == R"([{"page_size":4096}])");
  CHECK(database.read("SELECT name FROM pragma_table_info('child')").results()
        == R"([{"name":"id"},{"name":"parent_id"}])");
}

TEST_CASE("user_version is stored in the database", "[storage][pragma]") {
  auto database = test_database{};
  const auto reply = database.write("PRAGMA user_version = 42");
  CHECK(reply.at("/meta/changed_db") == "true");
  CHECK(database.read("PRAGMA user_version").results()
        == R"([{"user_version":42}])");
  CHECK(look_into(database.path(), "PRAGMA user_version") == "42");
}

TEST_CASE("PRAGMA optimize works after a query that would gain from it",
          "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  // SQLite analyzes tables that a query of the connection has planned with.
  CHECK(database.read("SELECT id FROM parent WHERE name > 'a' AND id > 0")
            .failure()
        == "none");
  CHECK(database.read("PRAGMA optimize").failure() == "none");
  CHECK(database.read("PRAGMA optimize(2)").done->needs_writer);
  CHECK(database.write("SELECT id FROM parent WHERE name > 'a' AND id > 0")
            .failure()
        == "none");
  const auto reply = database.write("PRAGMA optimize");
  CHECK(reply.failure() == "none");
  CHECK(database.read("SELECT tbl FROM sqlite_stat1").results()
        == R"([{"tbl":"parent"}])");
}

TEST_CASE("PRAGMAs that can only be read cannot be set", "[storage][pragma]") {
  auto database = test_database{};
  CHECK(database.write("PRAGMA page_size = 512").failure()
        == "not_authorized: PRAGMA page_size can be read, but not set");
}

TEST_CASE("a LIKE that minds case leaves SQLite's schema readable",
          "[storage][pragma]") {
  auto database = test_database{};
  run(database, "CREATE TABLE p(x); CREATE TABLE c(x CHECK (x LIKE 'a%'))");
  const auto on = std::string{"PRAGMA case_sensitive_like=ON"};
  const auto asked = batch({on, "SELECT 'aB%_*[c]' LIKE 'a_\\%\\_*[c]' ESCAPE "
                                "'\\' AS a, 'ab' LIKE 'A_' AS b, 'Äx' LIKE "
                                "'_x' AS c, NULL LIKE 'a' AS d, 'ab' LIKE "
                                "'a\\' ESCAPE '\\' AS e"});
  for (const auto& reply : {database.read(asked), database.write(asked)})
    CHECK(reply.at("/1/results") == R"([{"a":1,"b":0,"c":1,"d":null,"e":0}])");
  CHECK(database.write(batch({on, "SELECT 'a' LIKE 'b' ESCAPE 'xy'"}))
            .failure()
            .contains("ESCAPE expression must be a single character"));
  CHECK(database
            .write("SELECT 'AB' LIKE 'a_' AS a, 'a%' LIKE 'Ax%' ESCAPE 'x' "
                   "AS b, 'ä' LIKE 'Ä' AS c")
            .results()
        == R"([{"a":1,"b":1,"c":0}])");
  // Neither an index nor a column can hold its results.
  CHECK(database.write(batch({on, "CREATE INDEX i ON p(x LIKE 'A%')"}))
            .failure()
            .starts_with("sql_error: non-deterministic"));
  for (const auto* sql : {"CREATE INDEX i ON p(x LIKE 'A%')",
                          "CREATE INDEX i ON p(x) WHERE like('a', x)",
                          "CREATE TABLE q(x, y AS (x LIKE 'A%'))",
                          "CREATE TABLE q(x, y AS (x LIKE 'A%') STORED)"}) {
    CAPTURE(sql);
    auto other = test_database{};
    run(other, "CREATE TABLE p(x)");
    CHECK(other.write(batch({on, "SELECT 1"})).failure() == "none");
    CHECK(other.read(batch({on, "SELECT 1"})).failure() == "none");
    CHECK(other.write(sql).failure() == "none");
    CHECK(other.write(batch({on, "CREATE TABLE r(x)"}))
              .failure()
              .starts_with("not_authorized: PRAGMA case_sensitive_like is not "
                           "allowed where an index"));
    CHECK(other.write("CREATE TABLE s(x)").failure() == "none");
    CHECK(other.read("SELECT * FROM s").failure() == "none");
  }
}

TEST_CASE("any other PRAGMA is refused", "[storage][pragma]") {
  auto database = test_database{};
  for (const auto* name :
       {"journal_mode",   "synchronous",     "wal_checkpoint",
        "locking_mode",   "writable_schema", "cache_size",
        "max_page_count", "query_only",      "trusted_schema",
        "temp_store",     "auto_vacuum",     "incremental_vacuum",
        "encoding",       "database_list",   "application_id",
        "schema_version", "data_version",    "mmap_size",
        "busy_timeout",   "hard_heap_limit", "threads",
        "collation_list", "secure_delete",   "wal_autocheckpoint"}) {
    const auto expected
        = "not_authorized: PRAGMA " + std::string{name} + " is not allowed";
    for (const auto* tail : {"", " = 1", "(1)"}) {
      const auto sql = "PRAGMA " + std::string{name} + tail;
      CAPTURE(sql);
      CHECK(database.read(sql).failure() == expected);
      CHECK(database.write(sql).failure() == expected);
    }
  }
  CHECK(database.read("EXPLAIN PRAGMA journal_mode = DELETE").failure()
        == "not_authorized: PRAGMA journal_mode is not allowed");
  CHECK(database.read("SELECT * FROM pragma_database_list").failure()
        == "not_authorized: PRAGMA database_list is not allowed");
}

TEST_CASE("an unknown PRAGMA is refused", "[storage][pragma]") {
  auto database = test_database{};
  CHECK(database.write("PRAGMA no_such_thing = 1").failure()
        == "not_authorized: PRAGMA no_such_thing is not allowed");
}

TEST_CASE("a setting holds within its request and ends with it",
          "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  // Again and again: the statements that restore are used again.
  for (auto i = 0; i < 3; ++i)
    for (const auto& [pragma, probe, on, off] : settings()) {
      CAPTURE(pragma, i);
      const auto set = batch({"PRAGMA " + pragma + " = ON", probe});
      CHECK(database.write(set).at("/1/results") == on);
      CHECK(database.write(probe).results() == off);
      CHECK(database.read(set).at("/1/results") == on);
      CHECK(database.read(probe).results() == off);
    }
}

TEST_CASE("a setting ends with a request that fails", "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  for (const auto& [pragma, probe, on, off] : settings()) {
    CAPTURE(pragma);
    const auto set
        = batch({"PRAGMA " + pragma + " = ON", "SELECT * FROM missing"});
    CHECK(database.write(set).failure().starts_with("sql_error: "));
    CHECK(database.write(probe).results() == off);
    CHECK(database.read(set).failure().starts_with("sql_error: "));
    CHECK(database.read(probe).results() == off);
    CHECK(database.exec("PRAGMA " + pragma + " = ON; SELECT 1").failure()
          == "none");
    CHECK(database.write(probe).results() == off);
  }
}

TEST_CASE("a setting that is explained ends with the request too",
          "[storage][pragma]") {
  auto database = test_database{};
  // SQLite sets it as it compiles the statement.
  const auto sql = std::string{"EXPLAIN PRAGMA recursive_triggers = ON"};
  for (auto i = 0; i < 2; ++i) {
    CHECK(database.write(sql).failure() == "none");
    CHECK(database.read(sql).failure() == "none");
    CHECK(database.write("PRAGMA recursive_triggers").results()
          == R"([{"recursive_triggers":0}])");
    CHECK(database.read("PRAGMA recursive_triggers").results()
          == R"([{"recursive_triggers":0}])");
  }
}

TEST_CASE("deferred foreign keys must hold when the request ends",
          "[storage][pragma]") {
  auto database = test_database{};
  make_tables(database);
  const auto violated = std::string{
      "constraint: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT "
      "(extended: SQLITE_CONSTRAINT_FOREIGNKEY)"};
  const auto orphan = std::string{"INSERT INTO child(parent_id) VALUES (99)"};
  const auto on = std::string{"PRAGMA defer_foreign_keys = ON"};
  const auto off = std::string{"PRAGMA defer_foreign_keys = OFF"};
  const auto parent = std::string{"INSERT INTO parent VALUES (99, 'b')"};
  CHECK(database.write(batch({on, orphan})).failure() == violated);
  CHECK(database.exec(on + ";" + orphan).failure() == violated);
  // SQLite forgets what is violated when the setting goes off.
  CHECK(database.write(batch({on, orphan, off})).failure() == violated);
  CHECK(database.write(batch({on, orphan, off, parent})).failure() == violated);
  CHECK(database.write(batch({on, orphan, "EXPLAIN " + off})).failure()
        == violated);
  CHECK(database.exec(on + ";" + orphan + ";" + off).failure()
        == "constraint: statement 3, line 1: FOREIGN KEY constraint failed: "
           "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)");
  CHECK(database.read("SELECT * FROM child").results() == "[]");
  CHECK(database.write(orphan).failure() == violated);
  CHECK(database.write(batch({on, orphan, parent, off})).failure() == "none");
  CHECK(database.read("PRAGMA foreign_key_check").results() == "[]");
}

TEST_CASE("the names of PRAGMAs are known in any case of letters",
          "[storage][pragma]") {
  CHECK(allowed_use("table_info") == pragma_use::with_value);
  CHECK(allowed_use("TABLE_Info") == pragma_use::with_value);
  CHECK(allowed_use("foreign_keys") == pragma_use::keys);
  CHECK(allowed_use("page_size") == pragma_use::read);
  CHECK(allowed_use("recursive_triggers") == pragma_use::setting);
  CHECK(allowed_use("user_version") == pragma_use::stored);
  CHECK(allowed_use("journal_mode") == pragma_use::refused);
  CHECK(allowed_use("") == pragma_use::refused);
  CHECK(allowed_use("table_inf") == pragma_use::refused);
}

} // namespace sluice::storage
