#include "storage/database_dump.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

/// A database, and a data folder in which it is dumped.
struct dump_fixture {
  dump_fixture()
      : directory{data_directory::open(folder.path().string()).value()} {
    run("CREATE TABLE t(x)");
    run("INSERT INTO t VALUES ('a'), ('b')");
  }

  void run(std::string_view sql) {
    REQUIRE(database.write(sql).failure() == "none");
  }
  codec::result<database_dump> take() {
    return database_dump::take(database.reader(), directory, options);
  }
  /// Where what is read of a dump has been put.
  std::string store(database_dump& dump) const {
    auto path = (folder.path() / "copy.sqlite").string();
    auto file = std::ofstream{path, std::ios::binary};
    auto part = std::array<char, 5'000>{};
    while (const auto bytes = dump.read(part).value())
      file.write(part.data(), static_cast<std::streamsize>(bytes));
    REQUIRE(file.flush());
    return path;
  }
  [[nodiscard]] bool is_clean() const {
    return fs::is_empty(directory.temporary_path());
  }

  tests::temporary_directory folder;
  data_directory directory;
  test_database database;
  dump_options options{.bytes_max = 1u << 30, .copies_bytes_max = 1u << 30};
};

} // namespace

TEST_CASE_METHOD(dump_fixture,
                 "a dump is the database as of one commit, without Sluice's "
                 "own tables",
                 "[storage][dump]") {
  auto dump = take();
  REQUIRE(failure_of(dump) == "none");
  CHECK(dump->commit_number() == database.transaction().commit_number());
  CHECK(is_clean());
  // Nothing later is in it, and nobody has to wait for whoever reads it.
  run("INSERT INTO t VALUES ('c')");
  REQUIRE(database.writer().checkpoint(connection::checkpoint_mode::truncate));
  CHECK(fs::file_size(database.path() + "-wal") == 0);
  const auto path = store(*dump);
  CHECK(fs::file_size(path) == dump->size_bytes());
  CHECK(look_into(path, "PRAGMA integrity_check") == "ok");
  CHECK(look_into(path, "SELECT group_concat(x) FROM t") == "a,b");
  CHECK(look_into(path, "SELECT count(*) FROM sqlite_schema") == "1");
  CHECK(look_into(path, "PRAGMA journal_mode") == "delete");
}

TEST_CASE_METHOD(dump_fixture, "nothing of Sluice's own is in a dump's bytes",
                 "[storage][dump]") {
  auto dump = take();
  REQUIRE(failure_of(dump) == "none");
  auto bytes = std::string(dump->size_bytes(), '\0');
  CHECK(dump->read(bytes).value() == bytes.size());
  const auto uuid = database.reader().text("SELECT database_uuid FROM "
                                           "_cf_METADATA");
  REQUIRE(uuid);
  REQUIRE_FALSE(uuid->empty());
  CHECK_FALSE(bytes.contains(*uuid));
}

TEST_CASE_METHOD(dump_fixture, "a dump has its bounds, and leaves no file",
                 "[storage][dump]") {
  options.bytes_max = 4'096;
  CHECK(failure_of(take()).starts_with("too_large: the database has "));
  CHECK(failure_of(take()).contains("limits.dump_bytes_max (4096)"));
  options.bytes_max = 1u << 30;
  options.until = std::chrono::steady_clock::now();
  CHECK(failure_of(take())
        == "timeout: the deadline passed while the database was copied");
  CHECK(is_clean());
  // Its snapshot has ended.
  CHECK_FALSE(database.reader().in_transaction());
  options.until = no_deadline;
  CHECK(failure_of(take()) == "none");
}

TEST_CASE_METHOD(dump_fixture, "all copies together have a bound",
                 "[storage][dump]") {
  options.copies_bytes_max = 1;
  {
    // One alone may have more.
    const auto first = take();
    CHECK(failure_of(first) == "none");
    CHECK(failure_of(take()).starts_with("overloaded: the copies that other "
                                         "dumps are sent from have "));
    CHECK(failure_of(take()).contains("limits.dump_copies_bytes_max is 1"));
    CHECK(is_clean());
    options.copies_bytes_max = 1u << 30;
    CHECK(failure_of(take()) == "none");
    options.copies_bytes_max = 1;
  }
  CHECK(failure_of(take()) == "none");
}

TEST_CASE_METHOD(dump_fixture, "a dump ends when its request is cancelled",
                 "[storage][dump]") {
  const auto is_cancelled = std::atomic<bool>{true};
  options.is_cancelled = &is_cancelled;
  CHECK(failure_of(take()).starts_with("timeout: "));
  CHECK(is_clean());
}

TEST_CASE_METHOD(dump_fixture, "a dump that cannot be copied says so",
                 "[storage][dump]") {
  fs::remove(directory.temporary_path());
  std::ofstream{directory.temporary_path()} << "no folder";
  CHECK(failure_of(take()).starts_with("storage: "));
  CHECK_FALSE(database.reader().in_transaction());
}

TEST_CASE_METHOD(dump_fixture,
                 "what a crash leaves of dumps is gone with the next start",
                 "[storage][dump]") {
  const auto other = tests::temporary_directory{};
  {
    const auto first = data_directory::open(other.path().string());
    REQUIRE(first);
    auto left = std::ofstream{first->new_dump_path()};
    left << "half of it";
    CHECK_FALSE(fs::is_empty(first->temporary_path()));
  }
  const auto second = data_directory::open(other.path().string());
  REQUIRE(second);
  CHECK(fs::is_empty(second->temporary_path()));
  CHECK(second->new_dump_path() != second->new_dump_path());
}

TEST_CASE_METHOD(dump_fixture,
                 "the folder for temporary files is made again where somebody "
                 "removed it",
                 "[storage][dump]") {
  fs::remove_all(directory.temporary_path());
  CHECK(failure_of(take()) == "none");
  CHECK(is_clean());
}

} // namespace sluice::storage
