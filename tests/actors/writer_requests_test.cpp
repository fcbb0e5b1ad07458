#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

codec::read_constraint seen(std::uint64_t commit, const char* uuid) {
  return {.commit_min = commit, .database_uuid = uuid};
}

} // namespace

TEST_CASE_METHOD(deterministic_system,
                 "a write whose deadline passed in the queue is not executed",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  send(database, make_query("a", "INSERT INTO t VALUES (1)",
                            {.until = std::chrono::steady_clock::now()}));
  run();
  CHECK(sink.only("a").failed_with("timeout"));
  CHECK(sink.only("a").body.contains("it was not executed"));
  CHECK(sink.unflushed() == 0);
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
}

TEST_CASE_METHOD(deterministic_system,
                 "a write is not executed while NATS does not take what there "
                 "is",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  sink.set_congested(true);
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  run();
  CHECK(sink.only("a").failed_with("overloaded"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
  sink.set_congested(false);
  send(database, make_query("b", "INSERT INTO t VALUES (1)"));
  run();
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer takes a bookmark that the database has given",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  const auto number = database->commit_number.load();
  REQUIRE(number > 0);
  send(database,
       make_query("a", "SELECT 1", {.constraint = seen(number, uuid_a)}));
  run();
  CHECK(sink.only("a").succeeded());
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer refuses a bookmark of another database",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  send(database, make_query("a", "INSERT INTO t VALUES (1)",
                            {.constraint = seen(0, uuid_b)}));
  run();
  CHECK(sink.only("a").failed_with("bad_request"));
  CHECK(sink.only("a").body.contains("Sluice-Bookmark"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer refuses a bookmark from the future",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  const auto next = database->commit_number + 1;
  send(database, make_query("a", "INSERT INTO t VALUES (1)",
                            {.constraint = seen(next, uuid_a)}));
  run();
  CHECK(sink.only("a").failed_with("bad_request"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
}

TEST_CASE_METHOD(deterministic_system, "only changes get a new commit number",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  const auto number = database->commit_number.load();
  must_write(database, "SELECT * FROM t");
  must_write(database, "DELETE FROM t");
  CHECK(database->commit_number == number);
  must_write(database, "INSERT INTO t VALUES (1)");
  CHECK(database->commit_number == number + 1);
}

TEST_CASE_METHOD(deterministic_system,
                 "bookmarks grow, also over a close and an open",
                 "[actors][writer]") {
  auto last = std::string{};
  auto number = 0;
  for (auto round = 0; round < 3; ++round) {
    const auto database = open(uuid_a);
    must_write(database, "CREATE TABLE IF NOT EXISTS t(x)");
    send(database, make_query("r" + std::to_string(round), "SELECT 1"));
    run();
    CHECK(sink.only("r" + std::to_string(round)).header("Sluice-Bookmark")
          >= last);
    for (auto i = 0; i < 3; ++i) {
      const auto subject = "w" + std::to_string(++number);
      send(database, make_query(subject, "INSERT INTO t VALUES (1)"));
      run();
      const auto bookmark = sink.only(subject).header("Sluice-Bookmark");
      CHECK(bookmark > last);
      last = bookmark;
    }
    shut(database);
  }
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 9);
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer that shuts commits what was queued, empties the WAL "
                 "and tells the catalog",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  send(database, make_query("b", "INSERT INTO t VALUES (2)"));
  shut(database);
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").succeeded());
  CHECK(told.closed == std::vector{std::pair{std::string{uuid_a}, true}});
  CHECK_FALSE(
      std::filesystem::exists(directory.database_path(uuid_a) + "-wal"));
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer that is killed answers what it has not committed, "
                 "and leaves what it has not begun with",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  send(database, make_query("a", "INSERT INTO t VALUES (1)"));
  caf::anon_send_exit(database->writer, caf::exit_reason::kill);
  send(database, make_query("b", "INSERT INTO t VALUES (2)"));
  run();
  CHECK(sink.only("a").failed_with("internal"));
  CHECK_FALSE(sink.has("b"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
  const auto left = database->requests.take_all();
  REQUIRE(left.size() == 1);
  left.front()->reply.succeed("{}");
}

TEST_CASE_METHOD(deterministic_system,
                 "a writer answers a request that is none of its own",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  send(database, make_job("a", services::create_database{"x"}));
  run();
  CHECK(sink.only("a").failed_with("internal"));
}

} // namespace sluice::tests
