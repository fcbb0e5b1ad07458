#include "storage/statement_cache.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

/// Looks `sql` up, and keeps it where it is not there yet.
bool was_kept(test_database& database, statement_cache& cache,
              std::string_view sql) {
  if (cache.find(sql) != nullptr)
    return true;
  auto tail = std::string_view{};
  auto made = statement::prepare(database.writer().handle(), sql,
                                 statement_lifetime::cached, tail);
  REQUIRE(made);
  cache.insert(sql, std::move(*made));
  return false;
}

} // namespace

TEST_CASE("the cache gives back the statement of a text",
          "[storage][statement_cache]") {
  auto database = test_database{};
  auto cache = statement_cache{4};
  CHECK(cache.find("SELECT 1") == nullptr);
  CHECK_FALSE(was_kept(database, cache, "SELECT 1"));
  auto* found = cache.find("SELECT 1");
  REQUIRE(found != nullptr);
  CHECK_FALSE(found->empty());
  CHECK(cache.find("SELECT 1") == found);
  CHECK(cache.find("select 1") == nullptr);
  CHECK(cache.hits() == 2);
  CHECK(cache.misses() == 3);
}

TEST_CASE("the cache keeps the statements that were used last",
          "[storage][statement_cache]") {
  auto database = test_database{};
  auto cache = statement_cache{2};
  CHECK_FALSE(was_kept(database, cache, "SELECT 1"));
  CHECK_FALSE(was_kept(database, cache, "SELECT 2"));
  // Makes the second the one that was used longest ago.
  CHECK(was_kept(database, cache, "SELECT 1"));
  CHECK_FALSE(was_kept(database, cache, "SELECT 3"));
  CHECK(cache.size() == 2);
  CHECK(was_kept(database, cache, "SELECT 1"));
  CHECK(was_kept(database, cache, "SELECT 3"));
  CHECK_FALSE(was_kept(database, cache, "SELECT 2"));
  CHECK(cache.size() == 2);
}

TEST_CASE("the cache is bounded whatever comes", "[storage][statement_cache]") {
  auto database = test_database{};
  auto cache = statement_cache{3};
  for (auto i = 0; i < 50; ++i) {
    was_kept(database, cache, "SELECT " + std::to_string(i));
    CHECK(cache.size() <= 3);
  }
}

TEST_CASE("a cache of no entries keeps one", "[storage][statement_cache]") {
  auto database = test_database{};
  auto cache = statement_cache{0};
  CHECK_FALSE(was_kept(database, cache, "SELECT 1"));
  CHECK(was_kept(database, cache, "SELECT 1"));
  CHECK(cache.size() == 1);
}

TEST_CASE("a cleared cache has nothing", "[storage][statement_cache]") {
  auto database = test_database{};
  auto cache = statement_cache{4};
  was_kept(database, cache, "SELECT 1");
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK(cache.find("SELECT 1") == nullptr);
}

TEST_CASE("a connection's cache is as large as the setting says",
          "[storage][statement_cache]") {
  auto options = writer_options();
  options.sqlite.statements_max = 2;
  auto database = test_database{options};
  for (auto i = 0; i < 5; ++i)
    REQUIRE(database.read("SELECT " + std::to_string(i)).failure() == "none");
  CHECK(database.reader().cache().size() == 2);
  const auto hits = database.reader().cache().hits();
  REQUIRE(database.read("SELECT 4").failure() == "none");
  CHECK(database.reader().cache().hits() == hits + 1);
}

TEST_CASE("a statement of the cache sees a changed schema",
          "[storage][statement_cache]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(a)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() == "none");
  CHECK(database.read("SELECT * FROM t").results() == R"([{"a":1}])");
  CHECK(database.write("SELECT * FROM t").results() == R"([{"a":1}])");
  REQUIRE(database.write("ALTER TABLE t ADD COLUMN b DEFAULT 2").failure()
          == "none");
  CHECK(database.read("SELECT * FROM t").results() == R"([{"a":1,"b":2}])");
  CHECK(database.write("SELECT * FROM t").results() == R"([{"a":1,"b":2}])");
  REQUIRE(database.write("DROP TABLE t").failure() == "none");
  CHECK(database.read("SELECT * FROM t")
            .failure()
            .starts_with("sql_error: no such table: t"));
}

TEST_CASE("a schema change that was undone is not seen",
          "[storage][statement_cache]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(a)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() == "none");
  CHECK(database
            .write(
                batch({"ALTER TABLE t ADD COLUMN b UNIQUE_TYPE",
                       "INSERT INTO t VALUES (2, 2)", "SELECT * FROM missing"}))
            .failure()
            .starts_with("sql_error: "));
  CHECK(database.write("SELECT * FROM t").results() == R"([{"a":1}])");
  CHECK(database.write("INSERT INTO t VALUES (2, 2)").failure()
        == "sql_error: table t has 1 columns but 2 values were supplied: "
           "SQLITE_ERROR");
}

} // namespace sluice::storage
