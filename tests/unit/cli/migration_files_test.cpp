#include "cli/migration_files.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

namespace {

void make_file(const tests::temporary_directory& folder,
               const std::string& name) {
  std::ofstream{folder.path() / name} << "SELECT 1";
}

} // namespace

TEST_CASE("migrations are ordered by their numbers, and by names where those "
          "are equal",
          "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  for (const auto* name :
       {"0010_tags.sql", "0002_posts.sql", "9_old.sql", "notes.txt",
        "0003_x.sql.bak", "0004.sql", "0001-init.sql", "0010_other.sql"})
    make_file(folder, name);
  const auto found = find_migrations(folder.path().string());
  REQUIRE(found);
  auto names = std::vector<std::string>{};
  for (const auto& file : *found)
    names.push_back(file.name);
  CHECK(names
        == std::vector<std::string>{"0001-init", "0002_posts", "0004", "9_old",
                                    "0010_other", "0010_tags"});
  CHECK(found->back().path == (folder.path() / "0010_tags.sql").string());
}

TEST_CASE("a migration may be a folder with the file migration.sql",
          "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  make_file(folder, "0001_a.sql");
  std::filesystem::create_directories(folder.path() / "20250110001634_init");
  make_file(folder, "20250110001634_init/migration.sql");
  make_file(folder, "20250110001634_init/snapshot.json");
  std::filesystem::create_directories(folder.path() / "meta");
  make_file(folder, "meta/_journal.json");
  const auto found = find_migrations(folder.path().string());
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[1].name == "20250110001634_init");
  CHECK((*found)[1].path
        == (folder.path() / "20250110001634_init/migration.sql").string());
}

TEST_CASE("SQL whose place is not known is refused by its name",
          "[cli][migrations]") {
  const auto* name = GENERATE("init.sql", "0001_A.SQL", "old/0001_a.sql",
                              "init/migration.sql",
                              "99999999999999999999999_a.sql", "-1_a.sql");
  auto folder = tests::temporary_directory{};
  make_file(folder, "0002_b.sql");
  std::filesystem::create_directories((folder.path() / name).parent_path());
  make_file(folder, name);
  const auto found = find_migrations(folder.path().string());
  REQUIRE_FALSE(found);
  const auto top
      = std::string_view{name}.substr(0, std::string_view{name}.find('/'));
  CHECK(found.error().code == exit_code::usage);
  CHECK(found.error().message.starts_with((folder.path() / top).string()
                                          + " is not understood"));
  CHECK(found.error().message.contains("NNNN_name.sql"));
}

TEST_CASE("what is no file is refused as a migration", "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  REQUIRE(::mkfifo((folder.path() / "0001_a.sql").c_str(), 0600) == 0);
  const auto found = find_migrations(folder.path().string());
  REQUIRE_FALSE(found);
  CHECK(found.error().message.contains("0001_a.sql is not understood"));
}

TEST_CASE("two migrations of one name are refused", "[cli][migrations]") {
  auto folder = tests::temporary_directory{};
  make_file(folder, "0001_a.sql");
  std::filesystem::create_directories(folder.path() / "0001_a");
  make_file(folder, "0001_a/migration.sql");
  const auto found = find_migrations(folder.path().string());
  REQUIRE_FALSE(found);
  CHECK(found.error().message.contains("two migrations have one name"));
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
