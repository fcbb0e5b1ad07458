#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/failing_vfs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace sluice::tests {

namespace {

// The VFS must outlive the actors' connections.
struct failing_disk : failing_vfs, deterministic_system {
  failing_disk() {
    // Else nothing is synced.
    settings.durability = config::durability::full;
  }

  actors::open_database_ptr open_on_it() {
    auto database = open(uuid_a, "app", failing_vfs::name());
    must_write(database, "CREATE TABLE IF NOT EXISTS t(x)");
    return database;
  }
  std::int64_t rows() {
    return integer_in(uuid_a, "SELECT count(*) FROM t");
  }
};

} // namespace

TEST_CASE_METHOD(failing_disk,
                 "a commit that the disk refuses fails its whole group with "
                 "storage, and nothing of it is applied",
                 "[actors][writer][fault]") {
  const auto fault = GENERATE(disk_fault::write_error, disk_fault::sync_error,
                              disk_fault::full);
  const auto database = open_on_it();
  const auto commits = counters.commits();
  const auto number = database->commit_number.load();
  set_fault(fault);
  for (const auto* subject : {"a", "b", "c"})
    send(database, make_query(subject, "INSERT INTO t VALUES (1)"));
  run();
  for (const auto* subject : {"a", "b", "c"}) {
    CHECK(sink.only(subject).failed_with("storage"));
    CHECK(sink.only(subject).body.contains("nothing of it was applied"));
    CHECK(sink.only(subject).header("Sluice-Bookmark").empty());
  }
  CHECK(sink.unflushed() == 0);
  CHECK(counters.commits() == commits);
  CHECK(told.broken.empty());
  CHECK(database->commit_number == number);
  CHECK(rows() == 0);

  set_fault(disk_fault::none);
  must_write(database, "INSERT INTO t VALUES (2)");
  CHECK(database->commit_number == number + 1);
  CHECK(rows() == 1);
  shut(database);
  must_write(open_on_it(), "INSERT INTO t VALUES (3)");
}

TEST_CASE_METHOD(failing_disk,
                 "a disk that fails under a statement takes the group along, "
                 "and the next request is served",
                 "[actors][writer][fault]") {
  const auto fault = GENERATE(disk_fault::write_error, disk_fault::full);
  // So that SQLite writes pages out before the commit.
  settings.sqlite.cache_bytes_max = 16 * 4'096;
  const auto database = open_on_it();
  set_fault(fault);
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  send(database, make_query("b", "INSERT INTO t VALUES (zeroblob(4000000))"));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  CHECK(sink.only("b").failed_with("storage"));
  CHECK(rows() == 0);
  set_fault(disk_fault::none);
  must_write(database, "INSERT INTO t VALUES (2)");
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(failing_disk,
                 "reads that came before a commit failed fail with it",
                 "[actors][writer][fault]") {
  const auto database = open_on_it();
  set_fault(disk_fault::write_error);
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  // It has seen the row, which there never was.
  send(database, make_query("b", "SELECT count(*) FROM t"));
  run();
  CHECK(sink.only("b").failed_with("storage"));
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer that cannot open its file answers storage and tells "
                 "the catalog once",
                 "[actors][writer]") {
  spoil_file(uuid_a);
  auto database = open(uuid_a);
  send(database, make_query("a", "SELECT 1"));
  send(database,
       make_query("b", "SELECT 1", {.route = actors::job_route::reader}));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  // Readers may be able to do more.
  CHECK_FALSE(sink.has("b"));
  CHECK(queue.size() == 1);
  CHECK(sink.unflushed() == 0);
  CHECK_FALSE(database->is_ready);
  REQUIRE(told.broken.size() == 1);
  CHECK(told.broken.front().first == uuid_a);
  CHECK(told.broken.front().second.contains("SQLITE_NOTADB"));
  shut(database);
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, true}});
}

TEST_CASE_METHOD(failing_disk,
                 "a writer that cannot open its file for lack of room does not "
                 "call it broken",
                 "[actors][writer][fault]") {
  set_fault(disk_fault::full);
  auto database = open(uuid_a, "app", failing_vfs::name());
  send(database, make_query("a", "SELECT 1"));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  CHECK(sink.only("a").body.contains("SQLITE_FULL"));
  CHECK(told.broken.empty());
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, false}});
  shut(database);
  CHECK(told.closed.size() == 1);
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer refuses the file of another database",
                 "[actors][writer]") {
  must_write(open(uuid_a), "CREATE TABLE t(x)");
  std::filesystem::copy(directory.database_path(uuid_a),
                        directory.database_path(uuid_b));
  std::filesystem::copy(directory.database_path(uuid_a) + "-wal",
                        directory.database_path(uuid_b) + "-wal");
  const auto moved = open(uuid_b, "other");
  send(moved, make_query("a", "SELECT 1"));
  run();
  CHECK(sink.only("a").failed_with("storage"));
}

} // namespace sluice::tests
