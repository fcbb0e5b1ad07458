#include "storage/database_file.hpp"

#include "storage/file_fault.hpp"
#include "storage/file_watch.hpp"
#include "storage/sqlite_error.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

/// A data folder with the file of one database.
struct made_file {
  made_file() {
    const auto made = make_database_file(directory, uuid, options());
    INFO(failure_of(made));
    REQUIRE(made);
  }
  /// Those of a server: only `make_database_file` makes files.
  static connection_options options() {
    auto result = writer_options();
    result.creates = false;
    return result;
  }
  [[nodiscard]] std::unique_ptr<connection> open() const {
    auto opened = connection::open(path, options());
    REQUIRE(opened);
    return std::move(*opened);
  }
  [[nodiscard]] std::string opening() const {
    const auto opened = connection::open(path, options());
    return opened ? failure_of(write_transaction::open(**opened, uuid))
                  : failure_of(opened);
  }

  static constexpr auto uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
  tests::temporary_directory folder;
  data_directory directory
      = data_directory::open(folder.path().string()).value();
  std::string path = directory.database_path(uuid);
};

} // namespace

TEST_CASE("the file of a new database is complete in itself",
          "[storage][database_file]") {
  const auto file = made_file{};
  CHECK(file.opening() == "none");
  CHECK(fs::file_size(file.path) > 0);
  for (const auto* suffix : {"-wal", "-shm", "-journal"})
    fs::remove(file.path + suffix);
  CHECK(file.opening() == "none");
  CHECK(look_into(file.path, "SELECT database_uuid || commit_number FROM "
                             "_cf_METADATA")
        == std::string{made_file::uuid} + "0");
}

TEST_CASE("making a file that is there leaves it as it is",
          "[storage][database_file]") {
  const auto file = made_file{};
  CHECK(look_into(file.path, "CREATE TABLE t(x)") == "");
  CHECK(make_database_file(file.directory, made_file::uuid,
                           made_file::options()));
  CHECK(look_into(file.path, "SELECT count(*) FROM t") == "0");
  // Another database's is not taken.
  const auto other = std::string{"7c9e6679-7425-40de-944b-e07fc1f90ae7"};
  fs::copy(file.path, file.directory.database_path(other));
  CHECK_FALSE(make_database_file(file.directory, other, made_file::options()));
  CHECK(fs::exists(file.directory.database_path(other)));
}

TEST_CASE("of a file that cannot be made nothing is left",
          "[storage][database_file]") {
  const auto file = made_file{};
  auto tiny = made_file::options();
  // As on a full disk.
  tiny.vfs = "no such vfs";
  CHECK_FALSE(make_database_file(file.directory, "other", tiny));
  CHECK_FALSE(fs::exists(file.directory.database_path("other")));
}

TEST_CASE("a file that is missing or empty is refused and not made",
          "[storage][database_file]") {
  const auto file = made_file{};
  const auto name = std::string{made_file::uuid} + ".sqlite";
  fs::remove(file.path);
  CHECK(file.opening()
        == "storage: the file " + name + " is missing: SQLITE_CANTOPEN");
  CHECK_FALSE(fs::exists(file.path));
  std::ofstream{file.path}.flush();
  std::ofstream{file.path + "-wal"} << "all that was acknowledged";
  CHECK(file.opening()
        == "storage: the file " + name + " is empty: SQLITE_NOTADB");
  CHECK(fs::file_size(file.path) == 0);
  CHECK(fs::exists(file.path + "-wal"));
}

TEST_CASE("a database without Sluice's own table is refused",
          "[storage][database_file]") {
  const auto file = made_file{};
  fs::remove(file.path);
  {
    // Sluice's own tables of it are in the WAL.
    const auto foreign = test_database{};
    fs::copy(foreign.path(), file.path);
  }
  CHECK(file.opening().contains("has no table _cf_METADATA"));
  const auto opened = file.open();
  CHECK(failure_of(check_owner(*opened, made_file::uuid))
            .contains("has no table _cf_METADATA"));
}

TEST_CASE("a file that cannot be written to is refused before SQLite makes "
          "anything beside it",
          "[storage][database_file]") {
  const auto file = made_file{};
  fs::remove(file.path);
  fs::create_directory(file.path);
  // What not even root can write to.
  CHECK(file.opening().starts_with("storage: "));
  CHECK_FALSE(fs::exists(file.path + "-wal"));
}

TEST_CASE("the owner of a file is found without a writer",
          "[storage][database_file]") {
  const auto file = made_file{};
  const auto opened = file.open();
  CHECK(check_owner(*opened, made_file::uuid));
  const auto foreign = check_owner(*opened, "another");
  REQUIRE_FALSE(foreign);
  CHECK(is_damage(foreign.error()));
  CHECK(foreign.error().message.contains("belongs to database "));
}

TEST_CASE("damage is looked for, but not for ever",
          "[storage][database_file]") {
  const auto file = made_file{};
  CHECK(look_into(
            file.path,
            "CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
            "SELECT i + 1 FROM c LIMIT 20000) SELECT hex(zeroblob(50)) AS x "
            "FROM c")
        == "");
  CHECK(check_for_damage(*file.open(), std::chrono::seconds{60}));
  auto out = std::fstream{file.path,
                          std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(40'960);
  out << std::string(4'096, '?');
  REQUIRE(out.flush());
  const auto found = check_for_damage(*file.open(), std::chrono::seconds{60});
  REQUIRE_FALSE(found);
  CHECK(is_damage(found.error()));
  CHECK_FALSE(found.error().message.contains('\n'));
}

TEST_CASE("the search for damage in a large file ends in time",
          "[storage][database_file]") {
  const auto file = made_file{};
  CHECK(look_into(file.path,
                  "CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION "
                  "ALL SELECT i + 1 FROM c LIMIT 3000) SELECT "
                  "randomblob(20000) AS x FROM c")
        == "");
  const auto opened = file.open();
  const auto begun = std::chrono::steady_clock::now();
  CHECK(check_for_damage(*opened, std::chrono::seconds{60}));
  const auto whole = std::chrono::steady_clock::now() - begun;
  // It has found nothing in no time, and the connection is as before.
  auto shortest = whole;
  for (auto i = 0; i < 20; ++i) {
    const auto again = std::chrono::steady_clock::now();
    CHECK(check_for_damage(*opened, std::chrono::seconds{0}));
    shortest = std::min(shortest, std::chrono::steady_clock::now() - again);
  }
  CHECK(shortest < whole);
  CHECK(opened->integer("SELECT count(*) FROM t") == 3'000);
}

TEST_CASE("a file does not fit to the WAL of the one that it replaced",
          "[storage][database_file]") {
  const auto file = made_file{};
  const auto wal = file.path + "-wal";
  const auto former = [&file, &wal] {
    return file_pair{file_number(file.path), file_number(wal)};
  };
  const auto fits = [&file](const file_pair& before) {
    return check_wal_fits(file.directory, made_file::uuid, before).has_value();
  };
  std::ofstream{wal} << "frames";
  const auto both = former();
  CHECK(fits(both));
  CHECK(fits({}));
  CHECK(fits({both.file, 0}));
  fs::copy(file.path, file.path + ".other");
  fs::rename(file.path + ".other", file.path);
  CHECK_FALSE(fits(both));
  fs::resize_file(wal, 0);
  CHECK(fits(both));
  fs::remove(wal);
  CHECK(fits(both));
}

TEST_CASE("only what the file is to blame for is damage",
          "[storage][database_file]") {
  for (const auto code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB,
                          SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_READ}) {
    CAPTURE(code);
    CHECK(is_damage(error_of(code, "text")));
    CHECK_FALSE(is_shortage(error_of(code, "text")));
  }
  for (const auto code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC,
                          SQLITE_IOERR_SHMSIZE, SQLITE_NOMEM}) {
    CAPTURE(code);
    CHECK_FALSE(is_damage(error_of(code, "text")));
    CHECK(is_shortage(error_of(code, "text")));
    CHECK(is_full(error_of(code, "text")) == (code == SQLITE_FULL));
  }
  for (const auto code :
       {SQLITE_CORRUPT_VTAB, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_ERROR}) {
    CAPTURE(code);
    CHECK_FALSE(is_damage(error_of(code, "text")));
    CHECK_FALSE(is_shortage(error_of(code, "text")));
  }
  // What a client words as it likes.
  CHECK_FALSE(is_damage({codec::error_code::storage, "SQLITE_CORRUPT"}));
  CHECK_FALSE(is_shortage({codec::error_code::storage, "SQLITE_FULL"}));
  CHECK_FALSE(is_full({codec::error_code::storage, "SQLITE_FULL"}));
}

} // namespace sluice::storage
