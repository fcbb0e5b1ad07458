#include "storage/write_transaction.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace sluice::storage {

namespace {

constexpr auto own_uuid
    = std::string_view{"0190f5a0-0000-4000-8000-000000000001"};

std::string stored_number(const test_database& database) {
  return look_into(database.path(), "SELECT commit_number FROM _cf_METADATA");
}

/// Runs one request in a transaction that is open; undoes it if it fails.
std::string request_in(test_database& database, std::string sql) {
  auto& transaction = database.transaction();
  REQUIRE(transaction.begin_request());
  auto out = codec::json_writer{};
  auto failure = failure_of(database.writer_executor().run_query(
      request(std::move(sql)), database.limits, out));
  if (failure == "none")
    failure = failure_of(transaction.keep_request());
  if (failure != "none" && !transaction.is_lost())
    REQUIRE(transaction.undo_request());
  return failure;
}

} // namespace

TEST_CASE("a new database begins with commit number 0",
          "[storage][write_transaction]") {
  const auto database = test_database{};
  CHECK(stored_number(database) == "0");
}

TEST_CASE("the commit number grows by commits that changed something",
          "[storage][write_transaction]") {
  auto database = test_database{};
  const auto& transaction = database.transaction();
  CHECK(transaction.commit_number() == 0);
  run(database, "CREATE TABLE t(x UNIQUE)");
  CHECK(transaction.commit_number() == 1);
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() == "none");
  CHECK(transaction.commit_number() == 2);
  REQUIRE(database.write("SELECT * FROM t").failure() == "none");
  REQUIRE(database.write("DELETE FROM t WHERE x = 9").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() != "none");
  CHECK(transaction.commit_number() == 2);
  CHECK(stored_number(database) == "2");
}

TEST_CASE("one commit of many requests is one number",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  REQUIRE(database.transaction().begin());
  for (auto i = 0; i < 3; ++i)
    CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  CHECK(stored_number(database) == "1");
  REQUIRE(database.transaction().commit(true));
  CHECK(database.transaction().commit_number() == 2);
  CHECK(stored_number(database) == "2");
}

TEST_CASE("the commit number is stored in the transaction of the changes",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  database.transaction().roll_back();
  CHECK(database.transaction().commit_number() == 1);
  CHECK(stored_number(database) == "1");
  CHECK(look_into(database.path(), "SELECT count(*) FROM t") == "0");
}

TEST_CASE("the commit number goes on where the file has it",
          "[storage][write_transaction]") {
  const auto folder = tests::temporary_directory{};
  const auto path = (folder.path() / "a.sqlite").string();
  for (auto i = std::uint64_t{0}; i < 3; ++i) {
    auto connection = connection::open(path, writer_options());
    REQUIRE(connection);
    auto transaction = write_transaction::open(**connection, own_uuid);
    REQUIRE(transaction);
    CHECK(transaction->commit_number() == i);
    REQUIRE(transaction->begin());
    REQUIRE(transaction->commit(true));
    CHECK(transaction->commit_number() == i + 1);
  }
}

TEST_CASE("the file of another database is refused",
          "[storage][write_transaction]") {
  const auto folder = tests::temporary_directory{};
  const auto path = (folder.path() / "a.sqlite").string();
  auto connection = connection::open(path, writer_options());
  REQUIRE(connection);
  REQUIRE(write_transaction::open(**connection, own_uuid));
  CHECK(failure_of(write_transaction::open(**connection, "another"))
        == "storage: the file belongs to database " + std::string{own_uuid}
               + ", not to another");
}

TEST_CASE("a request that is undone leaves the others of its group",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x UNIQUE)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  CHECK(
      request_in(database, "INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)")
          .starts_with("conflict: "));
  CHECK(request_in(database, "CREATE TABLE u(x); SELECT * FROM missing")
            .starts_with("sql_error: "));
  CHECK(request_in(database, "INSERT INTO t VALUES (3)") == "none");
  CHECK_FALSE(database.transaction().is_lost());
  REQUIRE(database.transaction().commit(true));
  CHECK(database.read("SELECT x FROM t ORDER BY x").results()
        == R"([{"x":1},{"x":3}])");
  CHECK(database.read("SELECT * FROM u").failure().starts_with("sql_error: "));
}

TEST_CASE("deferred foreign keys fail the request that violates them only",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                "CREATE TABLE child(id REFERENCES parent(id) DEFERRABLE "
                "INITIALLY DEFERRED)");
  const auto violated = std::string{
      "constraint: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT "
      "(extended: SQLITE_CONSTRAINT_FOREIGNKEY)"};
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO child VALUES (1); INSERT INTO "
                             "parent VALUES (1)")
        == "none");
  CHECK(request_in(database, "INSERT INTO child VALUES (2)") == violated);
  CHECK(request_in(database, "INSERT INTO parent VALUES (3)") == "none");
  // The setting makes other constraints deferred as well.
  CHECK(request_in(database, "PRAGMA defer_foreign_keys = ON; INSERT INTO "
                             "child VALUES (4)")
        == violated);
  CHECK(request_in(database, "INSERT INTO child VALUES (3)") == "none");
  REQUIRE(database.transaction().commit(true));
  CHECK(database.read("SELECT id FROM child ORDER BY id").results()
        == R"([{"id":1},{"id":3}])");
}

TEST_CASE("a request cannot leave its violation to a later one of the group",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                "CREATE TABLE child(id REFERENCES parent(id) DEFERRABLE "
                "INITIALLY DEFERRED)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO child VALUES (1)")
            .starts_with("constraint: "));
  CHECK(request_in(database, "INSERT INTO parent VALUES (1)") == "none");
  REQUIRE(database.transaction().commit(true));
  CHECK(database.read("SELECT * FROM child").results() == "[]");
}

TEST_CASE("ON CONFLICT ROLLBACK loses the transaction, and it is known",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x UNIQUE); INSERT INTO t VALUES (1)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (2)") == "none");
  CHECK_FALSE(database.transaction().is_lost());
  CHECK(request_in(database, "INSERT OR ROLLBACK INTO t VALUES (1)")
            .starts_with("conflict: "));
  CHECK(database.transaction().is_lost());
  // What has to follow, and does no harm when there is nothing to undo.
  database.transaction().roll_back();
  CHECK(database.write("INSERT INTO t VALUES (3)").failure() == "none");
  CHECK(database.read("SELECT x FROM t ORDER BY x").results()
        == R"([{"x":1},{"x":3}])");
}

TEST_CASE("RAISE(ROLLBACK) loses the transaction, with settings restored",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x); CREATE TRIGGER t_ai AFTER INSERT ON t "
                "BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
  CHECK(database
            .write("PRAGMA recursive_triggers = ON; CREATE TEMP TABLE a(x); "
                   "INSERT INTO t VALUES (1)")
            .failure()
        == "constraint: no: SQLITE_CONSTRAINT (extended: "
           "SQLITE_CONSTRAINT_TRIGGER)");
  CHECK(database.transaction().is_lost());
  CHECK(database.write("PRAGMA recursive_triggers").results()
        == R"([{"recursive_triggers":0}])");
  CHECK(database.write("SELECT count(*) AS n FROM sqlite_temp_schema").results()
        == R"([{"n":0}])");
}

TEST_CASE("an interrupted write loses the transaction, and it is known",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
  CHECK(request_in(database,
                   "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                   "FROM n WHERE x < 500000000) INSERT INTO t SELECT x FROM n")
            .starts_with("timeout: "));
  database.limits.until = no_deadline;
  CHECK(database.transaction().is_lost());
  database.transaction().roll_back();
  CHECK(database.read("SELECT * FROM t").results() == "[]");
  CHECK(database.write("INSERT INTO t VALUES (1)").failure() == "none");
}

TEST_CASE("an interrupted read of the writer keeps the transaction",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
  CHECK(request_in(database,
                   "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                   "FROM n WHERE x < 500000000) SELECT count(*) FROM n")
            .starts_with("timeout: "));
  database.limits.until = no_deadline;
  if (database.transaction().is_lost())
    return;
  REQUIRE(database.transaction().commit(true));
  CHECK(database.read("SELECT x FROM t").results() == R"([{"x":1}])");
}

TEST_CASE("a file that another process holds is unavailable",
          "[storage][write_transaction]") {
  auto options = writer_options();
  options.sqlite.busy_timeout_ms = 1;
  auto database = test_database{options};
  auto other = connection::open(database.path(), options);
  REQUIRE(other);
  REQUIRE((*other)->run("BEGIN IMMEDIATE"));
  CHECK(failure_of(database.transaction().begin())
        == "unavailable: database is locked: SQLITE_BUSY");
  REQUIRE((*other)->run("ROLLBACK"));
  CHECK(database.write("CREATE TABLE t(x)").failure() == "none");
}

TEST_CASE("what is kept is seen by readers after the commit only",
          "[storage][write_transaction]") {
  auto database = test_database{};
  run(database, "CREATE TABLE t(x)");
  REQUIRE(database.transaction().begin());
  CHECK(request_in(database, "INSERT INTO t VALUES (1)") == "none");
  CHECK(database.read("SELECT * FROM t").results() == "[]");
  REQUIRE(database.transaction().commit(true));
  CHECK(database.read("SELECT * FROM t").results() == R"([{"x":1}])");
}

TEST_CASE("a statement that changes the schema as it runs does no harm",
          "[storage][write_transaction]") {
  auto database = test_database{};
  // FTS3 makes its table of statistics when it is first asked to.
  run(database, "CREATE VIRTUAL TABLE f USING fts3(x)");
  const auto sql = std::string_view{"INSERT INTO f(f) VALUES ('automerge=8')"};
  for (auto i = 0; i < 2; ++i)
    CHECK(database.write(sql).failure() == "none");
  CHECK(database.read("SELECT count(*) AS n FROM f_stat").failure() == "none");
}

} // namespace sluice::storage
