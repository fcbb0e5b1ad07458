#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

/// Requests that would take all of something: time, memory, the disk, the
/// stack. The limits are the defaults where nothing else is said.
namespace sluice::storage {

namespace {

/// Long enough for a statement to begin.
constexpr auto soon = std::chrono::milliseconds{100};

constexpr auto endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i "
                         "+ 1 FROM c) ";

/// Rows that are each twice as large as the one before.
constexpr auto growing = "WITH RECURSIVE c(i) AS (SELECT 'x' UNION ALL SELECT "
                         "i || i FROM c) ";

const auto timed_out = std::string{
    "timeout: the deadline passed while the statement ran; it was "
    "interrupted and changed nothing"};
const auto no_memory
    = std::string{"too_large: the request needs more memory than "
                  "limits.request_memory_bytes_max (268435456 bytes) allows"};
const auto too_deep = std::string{"sql_error: views, triggers or foreign key "
                                  "actions are nested too deeply"};
const auto too_big
    = std::string{"too_large: string or blob too big: SQLITE_TOOBIG; "
                  "limits.row_bytes_max is 64000000 bytes"};

std::string repeated(std::string_view text, int times) {
  auto result = std::string{};
  for (auto i = 0; i < times; ++i)
    result += text;
  return result;
}

/// A database that must be as it was after whatever it was asked.
class hostile_database : public test_database {
public:
  using test_database::test_database;

  void check_that_it_serves() {
    limits.until = no_deadline;
    REQUIRE(write("CREATE TABLE IF NOT EXISTS alive(x)").failure() == "none");
    REQUIRE(write("INSERT INTO alive VALUES (1)").failure() == "none");
    REQUIRE(read("SELECT min(x) AS x FROM alive").results() == R"([{"x":1}])");
    REQUIRE(writer().integer("SELECT count(*) FROM sqlite_temp_schema") == 0);
    REQUIRE(reader().integer("SELECT count(*) FROM sqlite_temp_schema") == 0);
    REQUIRE(reader().integer("PRAGMA temp.page_count") == 0);
  }

  /// What the reader and the writer say to a query.
  std::string failure_of_query(const std::string& sql) {
    start();
    auto said = read(sql).failure();
    check_that_it_serves();
    start();
    CHECK(write(sql).failure() == said);
    check_that_it_serves();
    return said;
  }

  std::string failure_of_write(const std::string& sql) {
    start();
    auto said = write(sql).failure();
    check_that_it_serves();
    return said;
  }

  /// How long each of the requests may take.
  std::chrono::milliseconds patience = std::chrono::hours{1};

  void make(const std::string& sql) {
    const auto done = exec(sql);
    INFO(done.failure());
    REQUIRE(done.done);
  }

private:
  void start() {
    limits.until = std::chrono::steady_clock::now() + patience;
  }
};

} // namespace

TEST_CASE("a request ends when another thread says so", "[storage][limits]") {
  auto database = test_database{};
  auto is_cancelled = std::atomic<bool>{false};
  for (auto* on : {&database.reader(), &database.writer()})
    on->end_when(&is_cancelled);
  {
    const auto other = std::jthread{[&is_cancelled] {
      is_cancelled.store(true);
    }};
    CHECK(database.read(std::string{endless} + "SELECT count(*) FROM c")
              .failure()
              .starts_with("timeout: "));
  }
  CHECK(database.write("CREATE TABLE t(x)").failure().starts_with("timeout: "));
  CHECK(database.exec("CREATE TABLE t(x)").failure().starts_with("timeout: "));
  is_cancelled.store(false);
  CHECK(database.write("CREATE TABLE t(x)").failure() == "none");
  CHECK(database.read("SELECT x FROM t").failure() == "none");
  for (auto* on : {&database.reader(), &database.writer()})
    on->end_when(nullptr);
}

TEST_CASE("a runaway recursive CTE ends at its deadline",
          "[storage][hostile]") {
  auto database = hostile_database{};
  database.patience = soon;
  for (const auto* query :
       {"SELECT count(*) FROM c", "SELECT sum(i) FROM c GROUP BY i % 7",
        "SELECT i FROM c WHERE i < 0", "SELECT group_concat(i) FROM c"}) {
    CAPTURE(query);
    CHECK(database.failure_of_query(std::string{endless} + query) == timed_out);
  }
  database.make("CREATE TABLE t(x)");
  CHECK(database.failure_of_write("INSERT INTO t " + std::string{endless}
                                  + "SELECT i FROM c")
        == timed_out);
  CHECK(database.read("SELECT count(*) AS n FROM t").results()
        == R"([{"n":0}])");
}

TEST_CASE("what a query collects ends at the room for temporary files",
          "[storage][hostile]") {
  auto options = writer_options();
  options.limits.request_temporary_bytes_max = 16u << 20;
  auto database = hostile_database{options};
  const auto no_room = std::string{
      "too_large: the request needs more room in temporary files than "
      "limits.request_temporary_bytes_max (16777216 bytes) allows"};
  for (const auto* query :
       {"SELECT count(*) FROM (SELECT DISTINCT randomblob(1000) FROM c)",
        "SELECT count(DISTINCT randomblob(1000)) FROM c",
        "SELECT i FROM c ORDER BY randomblob(1000)",
        "SELECT count(*) FROM c GROUP BY randomblob(1000)",
        "SELECT randomblob(1000) FROM c EXCEPT SELECT 1",
        "SELECT sum(i) OVER (ORDER BY randomblob(1000)) FROM c"}) {
    CAPTURE(query);
    CHECK(database.failure_of_query(std::string{endless} + query) == no_room);
  }
  for (const auto* sql :
       {"CREATE TEMP TABLE t AS ", "CREATE TEMP TABLE t(x); INSERT INTO t "}) {
    CAPTURE(sql);
    const auto all
        = sql + std::string{endless} + "SELECT randomblob(1000) AS x FROM c";
    CHECK(database.failure_of_write(all) == no_room);
  }
}

TEST_CASE("all statements of a request share its room for temporary files",
          "[storage][hostile]") {
  auto options = writer_options();
  options.limits.request_temporary_bytes_max = 16u << 20;
  auto database = hostile_database{options};
  auto fill = std::vector<std::string>{"CREATE TEMP TABLE t(x)"};
  for (auto i = 0; i < 6; ++i)
    fill.emplace_back("INSERT INTO t VALUES (zeroblob(4000000))");
  CHECK(database.write(batch(fill)).failure().starts_with("too_large: "));
  database.check_that_it_serves();
  // The next one has all of it again.
  fill.resize(3);
  for (auto i = 0; i < 5; ++i) {
    CHECK(database.write(batch(fill)).failure() == "none");
  }
  database.check_that_it_serves();
}

TEST_CASE("what a statement keeps in memory ends at the bound",
          "[storage][hostile]") {
  auto database = hostile_database{};
  // Each of the values may be as large as it is, but not all of them at once.
  auto blobs = std::string{"SELECT length(randomblob(60000000))"};
  for (auto i = 0; i < 9; ++i)
    blobs += ", randomblob(60000000) AS x" + std::to_string(i);
  CHECK(database.failure_of_query(blobs) == no_memory);
  // Compiled, it would have some million terms.
  auto doubled = std::string{"WITH a0(x) AS (SELECT 1)"};
  for (auto i = 1; i < 23; ++i) {
    const auto from = " SELECT x FROM a" + std::to_string(i - 1);
    doubled.append(", a").append(std::to_string(i)).append("(x) AS (");
    doubled.append(from).append(" UNION ALL").append(from).append(")");
  }
  CHECK(database.failure_of_query(doubled + " SELECT count(*) FROM a22")
        == no_memory);
}

TEST_CASE("a small bound of memory holds for aggregates, too",
          "[storage][hostile]") {
  auto options = writer_options();
  options.limits.request_memory_bytes_max = 8u << 20;
  auto database = hostile_database{options};
  for (const auto* query : {"SELECT json_group_array(i) FROM c",
                            "SELECT json_group_object(i, i) FROM c"}) {
    CAPTURE(query);
    CHECK(database.failure_of_query(std::string{endless} + query)
          == "too_large: the request needs more memory than "
             "limits.request_memory_bytes_max (8388608 bytes) allows");
  }
}

TEST_CASE("compiling ends at the deadline, too", "[storage][hostile]") {
  auto options = writer_options();
  options.limits.request_memory_bytes_max = std::uint64_t{8} << 30;
  auto database = hostile_database{options};
  auto doubled = std::string{"WITH a0(x) AS (SELECT 1)"};
  for (auto i = 1; i < 31; ++i) {
    const auto from = " SELECT x FROM a" + std::to_string(i - 1);
    doubled.append(", a").append(std::to_string(i)).append("(x) AS (");
    doubled.append(from).append(" UNION ALL").append(from).append(")");
  }
  database.patience = soon;
  CHECK(database.failure_of_query(doubled + " SELECT count(*) FROM a30")
        == timed_out);
}

TEST_CASE("expressions, selects and JSON that are nested too deeply are errors",
          "[storage][hostile]") {
  auto database = hostile_database{};
  for (const auto& sql :
       {"SELECT " + repeated("(", 100'000) + "1" + repeated(")", 100'000),
        "SELECT " + repeated("-", 1) + repeated(" -", 100'000) + "1",
        "SELECT " + repeated("NOT ", 100'000) + "1",
        "SELECT 1" + repeated("+1", 100'000),
        "SELECT 1" + repeated("||1", 100'000),
        "SELECT 1" + repeated(" UNION ALL SELECT 1", 20'000),
        "SELECT " + repeated("(SELECT ", 20'000) + "1" + repeated(")", 20'000),
        "SELECT " + repeated("CASE WHEN ", 20'000) + "1",
        "SELECT " + repeated("abs(", 20'000) + "1" + repeated(")", 20'000),
        "SELECT * FROM " + repeated("(SELECT * FROM ", 20'000) + "(SELECT 1)"
            + repeated(")", 20'000),
        "SELECT json('" + repeated("[", 200'000) + repeated("]", 200'000)
            + "')",
        "SELECT json_extract('" + repeated("{\"a\":", 100'000) + "1"
            + repeated("}", 100'000) + "', '$')"}) {
    CAPTURE(sql.substr(0, 60));
    CHECK(database.failure_of_query(sql).starts_with("sql_error: "));
  }
}

TEST_CASE("large values are errors before they are made",
          "[storage][hostile]") {
  auto database = hostile_database{};
  for (const auto* sql :
       {"SELECT zeroblob(1e9)", "SELECT length(zeroblob(1e9))",
        "SELECT zeroblob(9223372036854775807)", "SELECT randomblob(1e9)",
        "SELECT hex(zeroblob(6e7))", "SELECT quote(zeroblob(6e7))",
        "SELECT printf('%1000000000d', 1)", "SELECT printf('%.*c', 1e9, 'x')",
        "SELECT format('%-2000000000s', 'x')"}) {
    CAPTURE(sql);
    CHECK(database.failure_of_query(sql) == too_big);
  }
  CHECK(database.failure_of_query(std::string{growing}
                                  + "SELECT max(length(i)) FROM c")
        == too_big);
  database.make("CREATE TABLE t(x)");
  CHECK(database.failure_of_write("INSERT INTO t VALUES (zeroblob(1e9))")
        == too_big);
}

TEST_CASE("a value that fits in a row and in no reply is too large",
          "[storage][hostile]") {
  auto database = hostile_database{};
  for (const auto* sql :
       {"SELECT zeroblob(60000000)", "SELECT hex(zeroblob(30000000))",
        "SELECT 1, zeroblob(2000000), 2"}) {
    CAPTURE(sql);
    CHECK(database.failure_of_query(sql).starts_with(
        "too_large: the reply is larger than the NATS server's max_payload"));
  }
}

TEST_CASE("the pattern of LIKE and GLOB must be the shorter the longer the "
          "texts are",
          "[storage][hostile]") {
  auto database = hostile_database{};
  database.make("CREATE TABLE t(a); INSERT INTO t SELECT "
                "replace(hex(zeroblob(500000)), '0', 'a')");
  constexpr auto too_complex = "sql_error: LIKE or GLOB pattern too complex: "
                               "SQLITE_ERROR; it may have ";
  // SQLite would compare for one and a half minutes, and look at no clock.
  for (const auto* sql :
       {"SELECT a LIKE '%' || substr(a, 1, 49000) || 'b' FROM t",
        "SELECT a GLOB '*' || substr(a, 1, 49000) || 'b' FROM t",
        "SELECT a NOT LIKE '%' || substr(a, 1, 49000) || 'b' ESCAPE '!' FROM t",
        "SELECT like('%' || substr(a, 1, 49000) || 'b', a) FROM t",
        "SELECT a LIKE x FROM t, (SELECT '%' || substr(a, 1, 49000) || 'b' AS "
        "x FROM t)",
        "WITH c(a) AS (SELECT replace(hex(zeroblob(500000)), '0', 'a')) SELECT "
        "a LIKE '%' || substr(a, 1, 49000) || 'b' FROM c"}) {
    CAPTURE(sql);
    CHECK(database.failure_of_query(sql).starts_with(
        std::string{too_complex}
        + "4096 bytes: limits.like_pattern_bytes_max"));
  }
  CHECK(database.failure_of_query("SELECT 'a' LIKE hex(zeroblob(25001))")
            .starts_with(std::string{too_complex} + "50000 bytes: "));
  // As parameters, which lie in the request.
  const auto text = repeated("a", 1'000'000);
  CHECK(database
            .read("SELECT ? LIKE ?", {text, "%" + repeated("a", 49'000) + "b"})
            .failure()
            .starts_with(too_complex));
  database.check_that_it_serves();
  // Neither many patterns, nor short texts, nor short patterns. (The strict
  // string checks of AddressSanitizer make SQLite's search quadratic.)
  database.make("UPDATE t SET a = substr(a, 1, 20000)");
  CHECK(database
            .read("SELECT a LIKE '%aab%' OR a GLOB '*[b]?*' OR a LIKE '%ab' AS "
                  "x FROM t")
            .results()
        == R"([{"x":0}])");
  CHECK(database.read("SELECT 'abc' LIKE hex(zeroblob(24000)) || '%' AS x")
            .results()
        == R"([{"x":0}])");
}

TEST_CASE("a schema takes bounded memory in each connection",
          "[storage][hostile]") {
  auto options = writer_options();
  options.limits.schema_bytes_max = 512u << 10;
  auto database = hostile_database{options};
  const auto refused = [&](const std::string& sql) {
    const auto said = database.failure_of_write(sql);
    CAPTURE(said);
    CHECK(
        said.starts_with("too_large: the schema of the database would take "));
    CHECK(said.contains("limits.schema_bytes_max (524288 bytes)"));
  };
  database.make("CREATE TABLE small(x)");
  refused("CREATE TABLE t(x DEFAULT '" + repeated("a", 600'000) + "')");
  refused("ALTER TABLE small ADD COLUMN y DEFAULT '" + repeated("a", 600'000)
          + "'");
  // Small in the text, large in memory.
  auto columns = std::string{"CREATE VIEW v AS SELECT 0"};
  for (auto i = 0; i < 15'000; ++i)
    columns += "+1";
  CHECK(database.failure_of_write(columns).starts_with("sql_error: "));
  auto many = std::string{};
  for (auto i = 0; i < 300; ++i)
    many += "CREATE VIEW v" + std::to_string(i) + " AS SELECT 1"
            + repeated("+1", 900) + ";";
  CHECK(database.exec(many).failure().contains("limits.schema_bytes_max"));
  // It was undone, and what is smaller goes on.
  CHECK(database
            .read("SELECT count(*) AS n FROM sqlite_schema WHERE name "
                  "LIKE 'v%'")
            .results()
        == R"([{"n":0}])");
  CHECK(database.failure_of_write("ALTER TABLE small ADD COLUMN y") == "none");
  CHECK(database.failure_of_write("DROP TABLE small") == "none");
}

TEST_CASE("many LIKE together end at their deadline", "[storage][hostile]") {
  auto database = hostile_database{};
  database.make("CREATE TABLE t(a); INSERT INTO t SELECT "
                "replace(hex(zeroblob(50000)), '0', 'a')");
  database.patience = soon;
  CHECK(database.failure_of_query(
            std::string{endless}
            + "SELECT count(*) FROM c, t WHERE a LIKE '%aaaaab' || i")
        == timed_out);
  CHECK(database.failure_of_query(
            "WITH RECURSIVE c(i, s) AS (SELECT 1, "
            "replace(hex(zeroblob(1000)), '0', 'a') UNION ALL SELECT i + 1, s "
            "FROM c) SELECT count(*) FROM c WHERE s LIKE '%' || substr(s, 1, "
            "1000) || i")
        == timed_out);
}

TEST_CASE("LIKE and GLOB for a prefix search in an index",
          "[storage][hostile]") {
  auto database = hostile_database{};
  database.make(
      "CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT); CREATE INDEX ta "
      "ON t(a); CREATE INDEX tb ON t(b)");
  for (const auto* condition :
       {"a LIKE 'x%'", "b GLOB 'x*'", "a LIKE 'x!%%' ESCAPE '!'"}) {
    CAPTURE(condition);
    CHECK(database
              .read("EXPLAIN QUERY PLAN SELECT * FROM t WHERE "
                    + std::string{condition})
              .body.contains("SEARCH t USING INDEX"));
  }
}

TEST_CASE("a trigger that calls itself ends at SQLite's own depth",
          "[storage][hostile]") {
  auto database = hostile_database{};
  database.make("CREATE TABLE t(x); CREATE TRIGGER r AFTER INSERT ON t BEGIN "
                "INSERT INTO t VALUES (new.x + 1); END");
  CHECK(
      database.exec("PRAGMA recursive_triggers = ON; INSERT INTO t VALUES (1)")
          .failure()
      == "sql_error: statement 2, line 1: too many levels of trigger "
         "recursion: SQLITE_ERROR");
  database.check_that_it_serves();
  // Without the setting a trigger does not fire itself.
  CHECK(database.failure_of_write("INSERT INTO t VALUES (1)") == "none");
  CHECK(database.read("SELECT count(*) AS n FROM t").results()
        == R"([{"n":2}])");
}

TEST_CASE("chains of triggers, of foreign key actions and of views are errors "
          "where they are too long",
          "[storage][hostile]") {
  auto database = hostile_database{};
  // SQLite recurses as it compiles; at some thousand it would overrun the
  // stack.
  constexpr auto length = 1'000;
  constexpr auto views_length = 3'000;
  auto triggers = std::string{"CREATE TABLE t0(x);"};
  auto keys = std::string{"CREATE TABLE k0(x PRIMARY KEY);"};
  for (auto i = 1; i < length; ++i) {
    const auto last = std::to_string(i - 1);
    const auto next = std::to_string(i);
    triggers.append("CREATE TABLE t").append(next).append("(x); ");
    triggers.append("CREATE TRIGGER r").append(next);
    triggers.append(" AFTER INSERT ON t").append(last);
    triggers.append(" BEGIN INSERT INTO t").append(next);
    triggers.append(" VALUES (new.x); END;");
    keys.append("CREATE TABLE k").append(next);
    keys.append("(x PRIMARY KEY REFERENCES k").append(last);
    keys.append(" ON DELETE CASCADE);");
  }
  auto views = std::string{"CREATE VIEW v0 AS SELECT 1 AS x;"};
  for (auto i = 1; i < views_length; ++i)
    views += "CREATE VIEW v" + std::to_string(i)
             + " AS SELECT x + 1 AS x FROM v" + std::to_string(i - 1) + ";";
  for (const auto& sql : {views, triggers, keys})
    database.make(sql);
  CHECK(database.failure_of_write("INSERT INTO t0 VALUES (1)") == too_deep);
  CHECK(database.failure_of_write("DELETE FROM k0") == too_deep);
  CHECK(database.failure_of_query("SELECT x FROM v"
                                  + std::to_string(views_length - 1))
        == too_deep);
  // Shorter ones are good.
  const auto start = std::to_string(length - 50);
  CHECK(database.failure_of_write("INSERT INTO t" + start + " VALUES (1)")
        == "none");
  CHECK(database.failure_of_write("DELETE FROM k" + start) == "none");
  CHECK(database.failure_of_query("SELECT x FROM v100") == "none");
}

TEST_CASE("temporary tables that cannot be dropped one by one are undone",
          "[storage][hostile]") {
  auto database = hostile_database{};
  // DROP deletes the rows first, and compiles all that this leads to.
  auto tables = std::string{"CREATE TEMP TABLE k0(x PRIMARY KEY);"};
  for (auto i = 1; i < 1'000; ++i)
    tables += "CREATE TEMP TABLE k" + std::to_string(i)
              + "(x PRIMARY KEY REFERENCES k" + std::to_string(i - 1)
              + " ON DELETE CASCADE);";
  CHECK(database.exec(tables).failure() == too_deep);
  database.check_that_it_serves();
}

TEST_CASE("views that are nested too deeply are in nobody's way",
          "[storage][hostile]") {
  auto database = hostile_database{};
  auto sql = std::string{"CREATE TABLE t(x PRIMARY KEY); CREATE VIEW v0 AS "
                         "SELECT 1 AS x;"};
  for (auto i = 1; i < 3'000; ++i)
    sql += "CREATE VIEW v" + std::to_string(i) + " AS SELECT x FROM v"
           + std::to_string(i - 1) + ";";
  database.make(sql);
  CHECK(database.failure_of_write("INSERT INTO t VALUES (1)") == "none");
  CHECK(database.failure_of_query("SELECT x FROM t") == "none");
  CHECK(database.failure_of_query("PRAGMA integrity_check") == "none");
  CHECK(database.failure_of_write("DROP VIEW v2999") == "none");
}

TEST_CASE("a large change that is undone needs no memory for it",
          "[storage][hostile]") {
  auto options = writer_options();
  options.limits.request_memory_bytes_max = 16u << 20;
  auto database = hostile_database{options};
  database.make("CREATE TABLE t(x); INSERT INTO t " + std::string{endless}
                + "SELECT randomblob(1000) FROM c LIMIT 20000");
  // Of each page the savepoint keeps what it was.
  const auto undone = database.write(
      batch({"UPDATE t SET x = randomblob(999)", "SELECT * FROM missing"}));
  CHECK(undone.failure().starts_with("sql_error: no such table: missing"));
  database.check_that_it_serves();
  CHECK(database.read("SELECT min(length(x)) AS n, count(*) AS c FROM t")
            .results()
        == R"([{"n":1000,"c":20000}])");
}

} // namespace sluice::storage
