#include "storage/connection.hpp"

#include "storage/request_bounds.hpp"
#include "tests/support/text_file.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace sluice::storage {

namespace {

/// Runs until it is interrupted, or in a minute or so.
constexpr auto endless_sql = std::string_view{
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < "
    "500000000) SELECT count(*) FROM n"};

connection_options reader_options() {
  return connection_options{};
}

std::string noise_file(const std::filesystem::path& folder) {
  auto path = (folder / "noise.sqlite").string();
  auto out = std::ofstream{path, std::ios::binary};
  for (auto i = 0; i < 2'000; ++i)
    out << "no database " << i;
  return path;
}

/// A writer whose database may have 16 pages.
connection_options small_database_options() {
  auto options = writer_options();
  options.limits.database_bytes_max = 65'536;
  return options;
}

} // namespace

TEST_CASE("a writer's connection is in WAL mode", "[storage][connection]") {
  auto database = test_database{};
  CHECK(database.writer().text("PRAGMA journal_mode") == "wal");
  CHECK(database.reader().text("PRAGMA journal_mode") == "wal");
  // Checkpoints are the writer's business, after it has replied.
  CHECK(database.writer().integer("PRAGMA wal_autocheckpoint") == 0);
}

TEST_CASE("the durability of the settings is SQLite's synchronous",
          "[storage][connection]") {
  const auto folder = tests::temporary_directory{};
  auto options = writer_options();
  options.durability = config::durability::full;
  auto full
      = connection::open((folder.path() / "full.sqlite").string(), options);
  REQUIRE(full);
  CHECK((*full)->integer("PRAGMA synchronous") == 2);
  options.durability = config::durability::normal;
  auto normal
      = connection::open((folder.path() / "normal.sqlite").string(), options);
  REQUIRE(normal);
  CHECK((*normal)->integer("PRAGMA synchronous") == 1);
}

TEST_CASE("foreign keys are on in every connection", "[storage][connection]") {
  auto database = test_database{};
  CHECK(database.writer().integer("PRAGMA foreign_keys") == 1);
  CHECK(database.reader().integer("PRAGMA foreign_keys") == 1);
}

TEST_CASE("a reader's connection cannot write", "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  const auto done = database.reader().run_once("INSERT INTO t VALUES (1)");
  CHECK(failure_of(done)
        == "storage: attempt to write a readonly database: SQLITE_READONLY");
}

TEST_CASE("a reader does not create a database", "[storage][connection]") {
  const auto folder = tests::temporary_directory{};
  const auto path = (folder.path() / "missing.sqlite").string();
  const auto opened = connection::open(path, reader_options());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == codec::error_code::storage);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a file of noise is a storage error for a writer and a reader",
          "[storage][connection]") {
  const auto folder = tests::temporary_directory{};
  const auto path = noise_file(folder.path());
  for (const auto& options : {writer_options(), reader_options()}) {
    const auto opened = connection::open(path, options);
    CHECK(failure_of(opened)
          == "storage: file is not a database: SQLITE_NOTADB");
  }
}

TEST_CASE("a folder that is missing is a storage error",
          "[storage][connection]") {
  const auto opened
      = connection::open("/nowhere/at/all.sqlite", writer_options());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == codec::error_code::storage);
}

TEST_CASE("the limits of the settings are SQLite's limits",
          "[storage][connection]") {
  auto options = writer_options();
  options.limits.row_bytes_max = 2'000'000;
  options.limits.sql_bytes_max = 100'000;
  options.limits.columns_max = 100;
  options.limits.parameters_max = 99;
  options.limits.function_arguments_max = 32;
  options.limits.like_pattern_bytes_max = 50;
  auto database = test_database{options};
  for (auto* connection : {&database.writer(), &database.reader()}) {
    auto* handle = connection->handle();
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, -1) == 2'000'000);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, -1) == 100'000);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, -1) == 100);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1) == 99);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_FUNCTION_ARG, -1) == 32);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1) == 50);
    CHECK(sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, -1) == 0);
  }
}

TEST_CASE("a value over its limit is too_large and the message names the limit",
          "[storage][connection]") {
  auto options = writer_options();
  options.limits.row_bytes_max = 10'000;
  auto database = test_database{options};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  const auto expected = std::string{
      "too_large: string or blob too big: SQLITE_TOOBIG; limits.row_bytes_max "
      "is 10000 bytes"};
  CHECK(database.read("SELECT zeroblob(10001)").failure() == expected);
  CHECK(database.write("INSERT INTO t VALUES (?)", {std::string(10'001, 'a')})
            .failure()
        == expected);
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(9990) || 'aaaaaaaaaaa')")
            .failure()
        == expected);
  CHECK(database.read("SELECT count(*) AS n FROM t").results()
        == R"([{"n":0}])");
}

TEST_CASE("SQL over its limit is too_large and the message names the limit",
          "[storage][connection]") {
  auto options = writer_options();
  options.limits.sql_bytes_max = 1'000;
  auto database = test_database{options};
  const auto sql = "SELECT '" + std::string(1'000, 'a') + "'";
  CHECK(database.read(sql).failure()
        == "too_large: the SQL text is longer than limits.sql_bytes_max (1000 "
           "bytes)");
}

TEST_CASE("a database at its maximum size takes no more and says why",
          "[storage][connection]") {
  auto database = test_database{small_database_options()};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  const auto full = std::string{
      "too_large: the database would be larger than limits.database_bytes_max "
      "(65536 bytes)"};

  SECTION("little by little") {
    auto last = std::string{"none"};
    for (auto i = 0; i < 32 && last == "none"; ++i)
      last = database.write("INSERT INTO t VALUES (zeroblob(4000))").failure();
    CHECK(last == full);
  }
  SECTION("by one large row") {
    CHECK(database.write("INSERT INTO t VALUES (zeroblob(1000000))").failure()
          == full);
  }
  SECTION("by one statement with many rows") {
    CHECK(database
              .write("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                     "FROM n WHERE x < 1000) INSERT INTO t SELECT "
                     "zeroblob(1000) FROM n")
              .failure()
          == full);
  }
  CHECK(database.write("DELETE FROM t").failure() == "none");
  CHECK(database.write("INSERT INTO t VALUES (1)").failure() == "none");
}

TEST_CASE("the maximum size holds for a database that exists",
          "[storage][connection]") {
  const auto folder = tests::temporary_directory{};
  const auto path = (folder.path() / "a.sqlite").string();
  for (auto i = 0; i < 2; ++i) {
    auto opened = connection::open(path, small_database_options());
    REQUIRE(opened);
    CHECK((*opened)->integer("PRAGMA max_page_count") == 16);
  }
}

TEST_CASE("a deadline interrupts a read and the connection stays usable",
          "[storage][connection]") {
  auto database = test_database{};
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{30};
  const auto interrupted = std::string{
      "timeout: the deadline passed while the statement ran; it was "
      "interrupted and changed nothing"};
  CHECK(database.read(endless_sql).failure() == interrupted);
  database.limits.until = no_deadline;
  CHECK(database.read("SELECT 1 AS x").results() == R"([{"x":1}])");
  // Also in the middle of a snapshot.
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{30};
  CHECK(database.read(batch({"SELECT 1", std::string{endless_sql}})).failure()
        == interrupted);
  database.limits.until = no_deadline;
  CHECK_FALSE(database.reader().in_transaction());
  CHECK(database.read("SELECT 1 AS x").results() == R"([{"x":1}])");
}

TEST_CASE("a deadline interrupts a write and the connection stays usable",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{30};
  const auto sql = "INSERT INTO t " + std::string{endless_sql};
  CHECK(database.write(sql).failure().starts_with("timeout: "));
  database.limits.until = no_deadline;
  CHECK(database.write("INSERT INTO t VALUES (7)").failure() == "none");
  CHECK(database.read("SELECT x FROM t").results() == R"([{"x":7}])");
}

TEST_CASE("a deadline does not end statements of Sluice's own",
          "[storage][connection]") {
  auto database = test_database{};
  auto& connection = database.writer();
  connection.set_deadline(std::chrono::steady_clock::now());
  const auto sql = std::string_view{
      "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x "
      "< 100000) SELECT count(*) FROM n"};
  CHECK(connection.integer(sql) == 100'000);
  CHECK(connection.text(sql) == "100000");
  CHECK(connection.run_once("CREATE TABLE t AS " + std::string{sql}));
  // It holds on for the client's.
  CHECK(sqlite3_exec(connection.handle(), std::string{sql}.c_str(), nullptr,
                     nullptr, nullptr)
        == SQLITE_INTERRUPT);
}

TEST_CASE("the bound on a statement's time interrupts without a deadline",
          "[storage][connection]") {
  auto options = writer_options();
  options.limits.statement_ms_max = 20;
  auto database = test_database{options};
  CHECK(database.read(endless_sql).failure().starts_with("timeout: "));
  CHECK(database.read("SELECT 1 AS x").results() == R"([{"x":1}])");
}

TEST_CASE("a deadline that passed keeps a statement from running",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  database.limits.until
      = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
  // Before it ran, or while it was compiled or its savepoint was made.
  CHECK(database.write("INSERT INTO t VALUES (1)")
            .failure()
            .starts_with("timeout: the deadline passed "));
  CHECK(database.writer().integer("SELECT count(*) FROM t") == 0);
}

TEST_CASE("the size is page count times page size", "[storage][connection]") {
  auto database = test_database{};
  const auto pages = database.writer().integer("PRAGMA page_count");
  const auto page_bytes = database.writer().integer("PRAGMA page_size");
  REQUIRE(pages);
  REQUIRE(page_bytes);
  CHECK(database.writer().size_bytes() == *pages * *page_bytes);
}

TEST_CASE("a checkpoint that truncates empties the WAL",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (zeroblob(100000))").failure()
          == "none");
  CHECK(database.writer().wal_pages() > 20);
  const auto wal = database.path() + "-wal";
  CHECK(std::filesystem::file_size(wal) > 100'000);
  REQUIRE(database.writer().checkpoint(connection::checkpoint_mode::passive));
  CHECK(std::filesystem::file_size(database.path()) > 100'000);
  REQUIRE(database.writer().checkpoint(connection::checkpoint_mode::truncate));
  CHECK(std::filesystem::file_size(wal) == 0);
  CHECK(database.read("SELECT length(x) AS n FROM t").results()
        == R"([{"n":100000}])");
}

TEST_CASE("a checkpoint is no failure while a reader is in the way",
          "[storage][connection]") {
  auto options = writer_options();
  options.sqlite.busy_timeout_ms = 1;
  auto database = test_database{options};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.reader().run("BEGIN"));
  REQUIRE(database.reader().integer("SELECT count(*) FROM t") == 0);
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() == "none");
  CHECK(database.writer().checkpoint(connection::checkpoint_mode::truncate));
  REQUIRE(database.reader().run("COMMIT"));
  CHECK(database.reader().integer("SELECT count(*) FROM t") == 1);
}

TEST_CASE("a row that is deleted is overwritten where its page stays in use",
          "[storage][connection]") {
  const auto is_in_file = [](test_database& database) {
    const auto checkpointed
        = database.writer().checkpoint(connection::checkpoint_mode::truncate);
    REQUIRE(checkpointed);
    return tests::read_text_file(database.path())
        .contains("a secret of somebody");
  };
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(
      database.write("INSERT INTO t VALUES ('a secret of somebody'), ('else')")
          .failure()
      == "none");
  CHECK(is_in_file(database));
  REQUIRE(database.write("DELETE FROM t WHERE x <> 'else'").failure()
          == "none");
  CHECK_FALSE(is_in_file(database));
}

TEST_CASE("a loop over a table's pages that asks no progress handler ends at "
          "the deadline, and what it did is undone",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database
              .write("INSERT INTO t WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL "
                     "SELECT i + 1 FROM k LIMIT 100) SELECT "
                     "zeroblob(200000) FROM k")
              .failure()
          == "none");
  // It has nothing of the table in its cache.
  auto opened = connection::open(database.path(), writer_options());
  REQUIRE(opened);
  auto& writer = **opened;
  REQUIRE(writer.run("BEGIN IMMEDIATE"));
  {
    const auto bounds = request_bounds{writer.options().limits};
    const auto trusted = authorizer::trust{writer.authorizer()};
    auto tail = std::string_view{};
    auto drop = statement::prepare(writer.handle(), "DROP TABLE t",
                                   statement_lifetime::once, tail);
    REQUIRE(drop);
    writer.set_deadline(std::chrono::steady_clock::now());
    CHECK(sqlite3_step(drop->handle()) != SQLITE_DONE);
    CHECK(writer.describe_last_error().code == codec::error_code::timeout);
    writer.set_deadline(no_deadline);
  }
  CHECK_FALSE(writer.in_transaction());
  CHECK(writer.integer("SELECT count(*) FROM t") == 100);
  CHECK(look_into(database.path(), "PRAGMA integrity_check") == "ok");
}

TEST_CASE("a database whose growth is bounded goes on with the pages that it "
          "has, and says why it may not grow",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (zeroblob(100000))").failure()
          == "none");
  REQUIRE(database.writer().bound_growth(0, "no room"));
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(100000))").failure()
        == "storage: no room");
  CHECK(database.write("DELETE FROM t").failure() == "none");
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(90000))").failure()
        == "none");
  REQUIRE(database.writer().bound_growth(1'000'000, "no room"));
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(100000))").failure()
        == "none");
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(2000000))").failure()
        == "storage: no room");
}

TEST_CASE("where only deletions are let run, reads, DELETE and DROP are",
          "[storage][connection]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (1), (2)").failure() == "none");
  database.limits.only_deletions = "no room";
  for (const auto* sql : {"INSERT INTO t VALUES (3)", "UPDATE t SET x = 3",
                          "WITH k AS (SELECT 1) INSERT INTO t SELECT * FROM k",
                          "CREATE TABLE u(x)", "REPLACE INTO t VALUES (1)"})
    CHECK(database.write(sql).failure() == "storage: no room");
  for (const auto* sql :
       {"SELECT * FROM t", " /* one */ delete FROM t WHERE x = 1",
        "DROP TABLE t"})
    CHECK(database.write(sql).failure() == "none");
}

} // namespace sluice::storage
