#include "storage/rescue.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

bool goes_on() {
  return true;
}

} // namespace

TEST_CASE("a copy has all that the connection sees, also of a file that is "
          "gone",
          "[storage][rescue]") {
  auto database = test_database{};
  const auto copy = database.path() + ".copy";
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (1)").failure() == "none");
  REQUIRE(database.writer().checkpoint(connection::checkpoint_mode::truncate));
  REQUIRE(database.write("INSERT INTO t VALUES (2)").failure() == "none");
  fs::remove(database.path());
  REQUIRE(copy_database(database.writer(), copy, goes_on));
  CHECK(look_into(copy, "SELECT group_concat(x) FROM t") == "1,2");
  CHECK(look_into(copy, "PRAGMA integrity_check") == "ok");
  CHECK(look_into(copy, "SELECT commit_number FROM _cf_METADATA") == "3");
}

TEST_CASE("the former WAL beside a copy does no harm", "[storage][rescue]") {
  auto database = test_database{};
  const auto copy = database.path() + ".copy";
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  for (auto i = 0; i < 50; ++i)
    REQUIRE(database.write("INSERT INTO t VALUES (zeroblob(3000))").failure()
            == "none");
  REQUIRE(database.write("DELETE FROM t WHERE rowid % 2").failure() == "none");
  REQUIRE(copy_database(database.writer(), copy, goes_on));
  fs::copy(database.path() + "-wal", copy + "-wal");
  CHECK(look_into(copy, "SELECT count(*) FROM t") == "25");
  CHECK(look_into(copy, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("of a copy that is cut off, or has no room, nothing is left",
          "[storage][rescue]") {
  auto database = test_database{};
  const auto copy = database.path() + ".copy";
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  CHECK(failure_of(copy_database(database.writer(), copy, [] { return false; }))
        == "storage: the copy was cut off");
  CHECK(failure_of(copy_database(database.writer(), "/nowhere/copy", goes_on))
            .starts_with("storage: "));
  CHECK_FALSE(fs::exists(copy));
  CHECK_FALSE(fs::exists(copy + ".partial"));
  // What a crash left of an earlier attempt is in nobody's way.
  std::ofstream{copy + ".partial"} << "half";
  CHECK(copy_database(database.writer(), copy, goes_on));
  CHECK_FALSE(fs::exists(copy + ".partial"));
}

} // namespace sluice::storage
