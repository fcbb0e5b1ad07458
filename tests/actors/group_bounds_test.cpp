#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

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

  std::uint64_t commits_before = 0;
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

} // namespace sluice::tests
