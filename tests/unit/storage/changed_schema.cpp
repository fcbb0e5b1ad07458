#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

/// What a reader compiles after a change of the schema.
namespace sluice::storage {

namespace {

/// A schema that a reader knows, a change of it, and a read that was wrong
/// before.
struct changed {
  std::string before;
  std::string change;
  std::string read;
};

std::vector<changed> changes() {
  return {
      {"CREATE TABLE a(x); CREATE TABLE b(x, y)", "ALTER TABLE a ADD COLUMN y",
       "SELECT * FROM a UNION ALL SELECT * FROM b"},
      {"CREATE TABLE a(x); CREATE TABLE b(x, y)", "ALTER TABLE a ADD COLUMN y",
       "SELECT * FROM a JOIN b USING (y)"},
      {"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y",
       "SELECT * FROM a ORDER BY 2"},
      {"CREATE TABLE a(x, y)", "ALTER TABLE a DROP COLUMN y",
       "SELECT 1 IN a AS z"},
      {"CREATE TABLE a(x, y)", "ALTER TABLE a DROP COLUMN y",
       "SELECT (SELECT * FROM a) AS z"},
      {"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y",
       "WITH c(p, q) AS (SELECT * FROM a) SELECT * FROM c"},
      {"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y",
       "SELECT 1 WHERE (1, 2) = (SELECT * FROM a)"},
      {"CREATE TABLE t(x); CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS "
       "SELECT * FROM a",
       "DROP VIEW b; CREATE VIEW b AS SELECT * FROM t", "SELECT * FROM a"},
  };
}

} // namespace

TEST_CASE("a read sees the schema of the last change, however it would fail "
          "with the one before",
          "[storage][schema]") {
  for (const auto& [before, change, read] : changes()) {
    CAPTURE(read);
    auto database = test_database{};
    run(database, before);
    // Now the reader knows the schema.
    CHECK(database.read("SELECT count(*) FROM sqlite_schema").failure()
          == "none");
    CHECK(database.read(read).failure().starts_with("sql_error: "));
    run(database, change);
    CHECK(database.read(read).failure() == "none");
  }
}

TEST_CASE("a batch of reads sees the schema of the last change",
          "[storage][schema]") {
  for (const auto& [before, change, read] : changes()) {
    CAPTURE(read);
    auto database = test_database{};
    run(database, before);
    CHECK(database.read(read).failure().starts_with("sql_error: "));
    run(database, change);
    CHECK(database.read(batch({read, read})).failure() == "none");
    CHECK(database.read(batch({"SELECT 1; " + read, read})).failure()
          == "none");
  }
}

TEST_CASE("a read that is wrong is refused as before", "[storage][schema]") {
  auto database = test_database{};
  run(database, "CREATE TABLE a(x)");
  CHECK(database.read("SELECT * FROM a ORDER BY 2")
            .failure()
            .starts_with("sql_error: 1st ORDER BY term out of range"));
  CHECK(database.read("SELECT y FROM a").failure()
        == "sql_error: no such column: y at offset 7: SQLITE_ERROR");
  CHECK(database.read("SELECT * FROM a; SELECT * FROM _cf_KV")
            .failure()
            .starts_with("not_authorized: "));
}

} // namespace sluice::storage
