#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <filesystem>

namespace sluice::tests {

using namespace std::chrono_literals;

namespace {

struct bounded_groups : deterministic_system {
  actors::open_database_ptr open_with_table() {
    auto database = open(uuid_a);
    must_write(database, "CREATE TABLE t(x)");
    commits_before = counters.commits();
    return database;
  }
  std::uint64_t commits() {
    return counters.commits() - commits_before;
  }

  recorded_reply write_outcome(const actors::open_database_ptr& database,
                               const std::string& sql) {
    const auto subject = "w" + std::to_string(++outcomes);
    send(database, make_query(subject, sql));
    run();
    return sink.only(subject);
  }

  std::uint64_t commits_before = 0;
  int outcomes = 0;
};

constexpr auto insert = "INSERT INTO t VALUES (1)";

} // namespace

TEST_CASE_METHOD(bounded_groups,
                 "a group that has its number of requests commits at once",
                 "[actors][writer]") {
  settings.writer.group_requests_max = 2;
  const auto database = open_with_table();
  for (const auto* subject : {"a", "b", "c", "d", "e"})
    send(database, make_query(subject, insert));
  scheduler().run_once();
  CHECK_FALSE(sink.has("a"));
  scheduler().run_once();
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").succeeded());
  CHECK(sink.unflushed() == 0);
  CHECK(commits() == 1);
  run();
  CHECK(sink.only("e").succeeded());
  CHECK(commits() == 3);
}

TEST_CASE_METHOD(bounded_groups,
                 "a group that has its number of bytes commits at once",
                 "[actors][writer]") {
  settings.writer.group_bytes_max = 4'000;
  const auto database = open_with_table();
  for (const auto* subject : {"a", "b", "c"})
    send(database, make_query(subject, insert, {.bytes = 2'000}));
  scheduler().run_once();
  CHECK_FALSE(sink.has("a"));
  scheduler().run_once();
  CHECK(sink.has("a"));
  CHECK(sink.has("b"));
  scheduler().run_once();
  CHECK_FALSE(sink.has("c"));
  run();
  CHECK(commits() == 2);
}

TEST_CASE_METHOD(bounded_groups, "replies count as bytes of a group",
                 "[actors][writer]") {
  settings.writer.group_bytes_max = 10'000;
  const auto database = open_with_table();
  const auto large = "INSERT INTO t VALUES (1) RETURNING hex(zeroblob(5000))";
  send(database, make_query("a", large, {.bytes = 1}));
  send(database, make_query("b", insert));
  scheduler().run_once();
  CHECK(sink.has("a"));
  run();
  CHECK(commits() == 2);
}

TEST_CASE_METHOD(bounded_groups, "a group that has its time commits at once",
                 "[actors][writer]") {
  settings.writer.group_ms_max = 5;
  const auto database = open_with_table();
  // Takes longer than that.
  send(database, make_query("a", "INSERT INTO t " + counting_sql(500'000)));
  send(database, make_query("b", insert));
  scheduler().run_once();
  CHECK(sink.only("a").succeeded());
  CHECK(commits() == 1);
  run();
  CHECK(commits() == 2);
}

TEST_CASE_METHOD(bounded_groups, "a group that has time left goes on",
                 "[actors][writer]") {
  settings.writer.group_ms_max = 600'000;
  const auto database = open_with_table();
  send(database, make_query("a", "INSERT INTO t " + counting_sql(500'000)));
  send(database, make_query("b", insert));
  scheduler().run_once();
  CHECK_FALSE(sink.has("a"));
  run();
  CHECK(commits() == 1);
}

TEST_CASE_METHOD(bounded_groups,
                 "requests that come one by one are not kept waiting",
                 "[actors][writer]") {
  const auto database = open_with_table();
  for (const auto* subject : {"a", "b", "c"}) {
    send(database, make_query(subject, insert));
    run();
    CHECK(sink.only(subject).succeeded());
  }
  CHECK(commits() == 3);
}

TEST_CASE_METHOD(bounded_groups,
                 "the WAL is copied into the file when it is long enough",
                 "[actors][writer]") {
  settings.writer.checkpoint_pages = 8;
  const auto database = open_with_table();
  const auto before = directory.file_size(uuid_a);
  must_write(database, "INSERT INTO t VALUES (zeroblob(100000))");
  CHECK(directory.file_size(uuid_a) >= before + 90'000);
}

TEST_CASE_METHOD(bounded_groups,
                 "what was executed is committed before a slow statement of "
                 "its group has run to its end",
                 "[actors][writer]") {
  const auto slow = GENERATE(as<std::string>{}, "INSERT INTO t ", "");
  const auto database = open_with_table();
  for (const auto* subject : {"a", "b"})
    send(database, make_query(subject, insert, {.until = in(2s)}));
  // It outlives the patience of the others.
  send(database, make_query("slow", slow + endless_sql(), {.until = in(3s)}));
  send(database, make_query("c", insert, {.until = in(3'600s)}));
  run();
  CHECK(sink.only("slow").failed_with("timeout"));
  for (const auto* subject : {"a", "b", "c"})
    CHECK(sink.only(subject).succeeded());
  CHECK(sink.all()[1].subject == "a");
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 3);
}

TEST_CASE_METHOD(bounded_groups,
                 "a slow statement that is put behind its group is executed "
                 "once, and so are the others",
                 "[actors][writer]") {
  settings.writer.group_ms_max = 1;
  const auto database = open_with_table();
  const auto slow = "INSERT INTO t " + counting_sql(500'000);
  for (auto round = 0; round < 3; ++round) {
    const auto mark = std::to_string(round);
    send(database, make_query("a" + mark, insert));
    send(database, make_query("b" + mark, slow));
    send(database, make_query("c" + mark, insert));
    run();
    for (const auto* kind : {"a", "b", "c"}) {
      CHECK(sink.only(kind + mark).succeeded());
      CHECK(sink.only(kind + mark).body.contains("\"changes\":1"));
    }
  }
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 9);
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t WHERE x = 500000") == 3);
}

TEST_CASE_METHOD(bounded_groups,
                 "a reader that keeps the WAL holds up no commit",
                 "[actors][writer]") {
  settings.writer.checkpoint_pages = 8;
  const auto database = open_with_table();
  auto reader = storage::connection::open(
      directory.database_path(uuid_a),
      actors::connection_options_of(settings, storage::access::reader));
  REQUIRE(reader);
  REQUIRE((*reader)->run("BEGIN"));
  REQUIRE((*reader)->integer("SELECT count(*) FROM t") == 0);
  const auto begun = std::chrono::steady_clock::now();
  for (auto i = 0; i < 20; ++i)
    must_write(database, "INSERT INTO t VALUES (zeroblob(400000))");
  // Each would have waited for sqlite.busy_timeout_ms.
  CHECK(std::chrono::steady_clock::now() - begun < 20s);
  CHECK((*reader)->integer("SELECT count(*) FROM t") == 0);
  REQUIRE((*reader)->run("COMMIT"));
  wait_until("the WAL is emptied", patience, [&] {
    must_write(database, insert);
    return std::filesystem::file_size(directory.database_path(uuid_a) + "-wal")
           < 100'000;
  });
}

TEST_CASE_METHOD(bounded_groups,
                 "a WAL that a reader keeps beyond its bound is written to no "
                 "more until the reader has ended",
                 "[actors][writer]") {
  settings.writer.wal_bytes_max = 1u << 20;
  const auto database = open_with_table();
  auto reader = storage::connection::open(
      directory.database_path(uuid_a),
      actors::connection_options_of(settings, storage::access::reader));
  REQUIRE(reader);
  REQUIRE((*reader)->run("BEGIN"));
  REQUIRE((*reader)->integer("SELECT count(*) FROM t") == 0);
  must_write(database, "INSERT INTO t VALUES (zeroblob(2000000))");
  const auto refused = write_outcome(database, insert);
  CHECK(refused.failed_with("overloaded"));
  CHECK(refused.body.contains("writer.wal_bytes_max"));
  CHECK((*reader)->integer("SELECT count(*) FROM t") == 0);
  REQUIRE((*reader)->run("COMMIT"));
  wait_until("writes are taken again", patience,
             [&] { return write_outcome(database, insert).succeeded(); });
  // Without a reader it is no bound.
  for (auto i = 0; i < 3; ++i)
    must_write(database, "INSERT INTO t VALUES (zeroblob(2000000))");
}

} // namespace sluice::tests
