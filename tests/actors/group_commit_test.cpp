#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

TEST_CASE_METHOD(deterministic_system,
                 "writes that are queued together make one commit",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  const auto commits = counters.commits();
  const auto writes = counters.writes_committed();
  for (const auto* subject : {"a", "b", "c"})
    send(database, make_query(subject, "INSERT INTO t VALUES (1)"));
  run();
  CHECK(counters.commits() == commits + 1);
  CHECK(counters.writes_committed() == writes + 3);
  const auto bookmark = sink.only("a").header("Sluice-Bookmark");
  CHECK(bookmark == codec::format_bookmark(database->commit_number, uuid_a));
  CHECK(sink.only("b").header("Sluice-Bookmark") == bookmark);
  CHECK(sink.only("c").header("Sluice-Bookmark") == bookmark);
  CHECK(sink.unflushed() == 0);
}

TEST_CASE_METHOD(deterministic_system,
                 "no reply leaves before its commit is in the file",
                 "[actors][writer]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  auto rows_seen = std::vector<std::int64_t>{};
  sink.observe([this, &rows_seen] {
    rows_seen.push_back(integer_in(uuid_a, "SELECT count(*) FROM t"));
  });
  for (const auto* subject : {"a", "b", "c"})
    send(database, make_query(subject, "INSERT INTO t VALUES (1)"));
  run();
  CHECK(rows_seen == std::vector<std::int64_t>{3, 3, 3});
}

} // namespace sluice::tests
