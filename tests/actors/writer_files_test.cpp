#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

/// A writer whose files are taken away.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

struct watched_file : deterministic_system {
  actors::open_database_ptr open_it() {
    auto database = open(uuid_a);
    must_write(database, "CREATE TABLE t(x)");
    must_write(database, "INSERT INTO t VALUES (1)");
    return database;
  }
  [[nodiscard]] fs::path file(const std::string& suffix = {}) const {
    return directory.database_path(uuid_a) + suffix;
  }
  [[nodiscard]] std::int64_t rows_in(const fs::path& path) const {
    auto opened = storage::connection::open(
        path, actors::connection_options_of(settings, storage::access::reader));
    REQUIRE(opened);
    auto rows = (*opened)->integer("SELECT count(*) FROM t");
    REQUIRE(rows);
    return *rows;
  }
  /// Noise in the place of a table's only page, which the WAL does not hide.
  void damage(const std::string& table) const {
    auto opened = storage::connection::open(
        file(),
        actors::connection_options_of(settings, storage::access::writer));
    REQUIRE(opened);
    REQUIRE((*opened)->text("PRAGMA wal_checkpoint(PASSIVE)"));
    const auto page = (*opened)->integer(
        "SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'");
    REQUIRE(page);
    auto out
        = std::fstream{file(), std::ios::in | std::ios::out | std::ios::binary};
    out.seekp((*page - 1) * 4'096);
    out << std::string(4'096, '?');
    REQUIRE(out.flush());
  }
  [[nodiscard]] fs::path rescued() const {
    const auto copies = directory.rescued_copies(uuid_a);
    REQUIRE(copies.size() == 1);
    return copies.front();
  }
};

} // namespace

TEST_CASE_METHOD(watched_file,
                 "a write to a file that was removed is refused, and what was "
                 "acknowledged is saved without it",
                 "[actors][writer][files]") {
  const auto database = open_it();
  const auto number = database->commit_number.load();
  fs::remove(file());
  for (const auto* subject : {"a", "b"})
    send(database, make_query(subject, "INSERT INTO t VALUES (2)"));
  run();
  for (const auto* subject : {"a", "b"}) {
    CHECK(sink.only(subject).failed_with("storage"));
    CHECK(sink.only(subject).body.contains("was removed"));
  }
  CHECK(sink.unflushed() == 0);
  CHECK(database->commit_number == number);
  CHECK(rows_in(rescued()) == 1);
  CHECK_FALSE(fs::exists(file()));
  // Once before it was saved, so that the catalog refuses, and once after.
  REQUIRE(told.broken.size() == 2);
  CHECK(told.broken.back().second.contains("was copied to databases/"));
  CHECK(sink.only("b").body.contains("was copied to databases/"));
  CHECK(told.closed.empty());
  // It has let go of everything.
  CHECK(open_files() == 0);
  shut(database);
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, true}});
}

TEST_CASE_METHOD(watched_file,
                 "a write whose file is removed before its commit is not "
                 "acknowledged",
                 "[actors][writer][files]") {
  const auto database = open_it();
  const auto number = database->commit_number.load();
  send(database, make_query("a", "INSERT INTO t VALUES (2)"));
  // It is executed, and the commit is still to come.
  REQUIRE(scheduler().try_run_once());
  REQUIRE_FALSE(sink.has("a"));
  fs::remove(file());
  run();
  CHECK(sink.only("a").failed_with("storage"));
  CHECK(sink.only("a").body.contains("it is not known to last"));
  CHECK(sink.only("a").header("Sluice-Bookmark").empty());
  CHECK(database->commit_number == number);
  CHECK(rows_in(rescued()) >= 1);
}

TEST_CASE_METHOD(watched_file,
                 "of a WAL that was removed all is put into the file",
                 "[actors][writer][files]") {
  const auto database = open_it();
  fs::remove(file("-wal"));
  send(database, make_query("a", "INSERT INTO t VALUES (2)"));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  CHECK(directory.rescued_copies(uuid_a).empty());
  CHECK(told.broken.back().second.contains("is in the file"));
  CHECK(rows_in(file()) == 1);
}

TEST_CASE_METHOD(watched_file,
                 "a removed file is found by a look, and when its database is "
                 "closed",
                 "[actors][writer][files]") {
  const auto database = open_it();
  caf::anon_send(database->writer, actors::look_atom::value, std::string{});
  run();
  CHECK(told.broken.empty());
  fs::remove(file());
  SECTION("by a look") {
    caf::anon_send(database->writer, actors::look_atom::value, std::string{});
    run();
    CHECK(told.broken.size() == 2);
  }
  shut(database);
  CHECK(rows_in(rescued()) == 1);
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, true}});
}

TEST_CASE_METHOD(watched_file,
                 "what a reader met stops the writing, and leaves the WAL as "
                 "it is",
                 "[actors][writer][files]") {
  const auto database = open_it();
  must_write(database, "CREATE TABLE u(x)");
  damage("u");
  const auto bytes = fs::file_size(file());
  const auto wal_bytes = fs::file_size(file("-wal"));
  send(database, make_query("a", "INSERT INTO t VALUES (2)"));
  REQUIRE(scheduler().try_run_once());
  databases.report_damage(database, {codec::error_code::storage,
                                     "malformed: SQLITE_CORRUPT",
                                     codec::fault_kind::damage});
  run();
  CHECK(sink.only("a").succeeded());
  send(database, make_query("b", "INSERT INTO t VALUES (3)"));
  run();
  CHECK(sink.only("b").failed_with("storage"));
  CHECK(sink.only("b").body.contains("SQLITE_CORRUPT"));
  shut(database);
  CHECK(fs::file_size(file()) == bytes);
  CHECK(fs::file_size(file("-wal")) >= wal_bytes);
  CHECK(rows_in(file()) == 2);
}

TEST_CASE_METHOD(watched_file,
                 "a failure that is a reader's own does not stop the writing",
                 "[actors][writer][files]") {
  const auto database = open_it();
  databases.report_damage(database,
                          {codec::error_code::storage, "full: SQLITE_FULL",
                           codec::fault_kind::shortage});
  databases.report_damage(database, {codec::error_code::storage,
                                     "fts: SQLITE_CORRUPT (extended: "
                                     "SQLITE_CORRUPT_VTAB)",
                                     codec::fault_kind::request});
  run();
  must_write(database, "INSERT INTO t VALUES (2)");
  CHECK(told.broken.empty());
}

TEST_CASE_METHOD(watched_file,
                 "data that cannot be saved yet is kept until it can, or until "
                 "nobody waits for it any more",
                 "[actors][writer][files]") {
  const auto database = open_it();
  // Their number is bounded.
  auto copies = std::vector<std::string>{};
  while (const auto path = directory.rescue_path(uuid_a)) {
    fs::copy(file(), *path);
    copies.push_back(*path);
  }
  fs::remove(file());
  send(database, make_query("a", "INSERT INTO t VALUES (2)"));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  CHECK(told.broken.back().second.contains("remove some"));
  caf::anon_send(database->writer, actors::shut_atom::value);
  run();
  CHECK(told.closed.empty());
  SECTION("until it can") {
    fs::remove(copies.front());
    caf::anon_send(database->writer, actors::look_atom::value, std::string{});
    run();
    CHECK(told.broken.back().second.contains("was copied to databases/"));
    CHECK(rows_in(copies.front()) == 1);
  }
  SECTION("until nobody waits") {
    caf::anon_send(database->writer, actors::shut_atom::value);
    run();
  }
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, true}});
  CHECK(open_files() == 0);
}

} // namespace sluice::tests
