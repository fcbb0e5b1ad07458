#include "cli/migration_files.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace sluice::cli {

namespace {

void make_file(const tests::temporary_directory& folder,
               const std::string& name) {
  std::ofstream{folder.path() / name} << "SELECT 1";
}

} // namespace

TEST_CASE("migrations are ordered by their numbers, not by their names",
          "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  for (const auto* name :
       {"0010_tags.sql", "0002_posts.sql", "9_old.sql", "notes.txt",
        "0003_x.sql.bak", "readme.sql", "0004.sql"})
    make_file(folder, name);
  const auto found = find_migrations(folder.path().string());
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].name == "0002_posts");
  CHECK((*found)[1].name == "9_old");
  CHECK((*found)[2].name == "0010_tags");
  CHECK((*found)[2].path == (folder.path() / "0010_tags.sql").string());
}

TEST_CASE("two migrations of one number are refused", "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  make_file(folder, "0001_a.sql");
  make_file(folder, "1_b.sql");
  const auto found = find_migrations(folder.path().string());
  REQUIRE_FALSE(found);
  CHECK(found.error().message.contains("two migrations have one number"));
}

TEST_CASE("a folder that is not there is named", "[cli][migrations]") {
  const auto found = find_migrations("/nowhere/migrations");
  REQUIRE_FALSE(found);
  CHECK(found.error().message.contains("/nowhere/migrations"));
  CHECK(found.error().message.contains("--folder"));
}

TEST_CASE("the next migration has the next number and a plain name",
          "[cli][migrations]") {
  CHECK(next_migration_name({}, "users") == "0001_users.sql");
  CHECK(next_migration_name({{7, "0007_a", ""}}, "add tags/../x")
        == "0008_add_tags____x.sql");
  CHECK(next_migration_name({{12'345, "12345_a", ""}}, "b") == "12346_b.sql");
}

TEST_CASE("wrangler's names are known without their ending",
          "[cli][migrations]") {
  CHECK(is_same_migration("0001_a.sql", "0001_a"));
  CHECK(is_same_migration("0001_a", "0001_a"));
  CHECK_FALSE(is_same_migration("0001_a", "0001_ab"));
}

} // namespace sluice::cli
