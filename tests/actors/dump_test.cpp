#include "services/databases.hpp"
#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

/// Dumps, as readers send them.
namespace sluice::tests {

namespace {

struct dump_fixture : deterministic_system {
  dump_fixture() : database{open(uuid_a)} {
    settings.stream.part_bytes = 4'096;
    add_reader();
    must_write(database, "CREATE TABLE t(x)");
    must_write(database, "INSERT INTO t VALUES (zeroblob(10000))");
  }

  std::vector<recorded_reply>
  dump(const char* subject, job_options options = {}, std::size_t window = 0) {
    options.route = actors::job_route::reader;
    auto work = make_job(subject, services::dump_database{}, options);
    work->reply.begin_stream(replies, window);
    REQUIRE(databases.send(work) == actors::open_databases::outcome::sent);
    run();
    return sink.all_to(subject);
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(dump_fixture,
                 "a dump is sent in numbered parts and a final message",
                 "[actors][dump]") {
  const auto got = dump("a");
  REQUIRE(got.size() > 4);
  auto bytes = std::string{};
  for (auto i = std::size_t{0}; i + 1 < got.size(); ++i) {
    CHECK(got[i].header("Sluice-Sequence") == std::to_string(i));
    CHECK(got[i].header("Sluice-Final").empty());
    CHECK(got[i].header("Sluice-Statement").empty());
    CHECK(got[i].body.size() == 4'096);
    bytes += got[i].body;
  }
  CHECK(bytes.starts_with("SQLite format 3"));
  const auto& last = got.back();
  CHECK(last.header("Sluice-Sequence") == std::to_string(got.size() - 1));
  CHECK(last.header("Sluice-Final") == "true");
  CHECK(last.header("Sluice-Bookmark")
        == codec::format_bookmark(database->commit_number, uuid_a));
  CHECK(last.body
        == "{\"success\":true,\"file_size\":" + std::to_string(bytes.size())
               + "}");
  CHECK(database->admitted.requests() == 0);
}

TEST_CASE_METHOD(dump_fixture, "no part of a dump is larger than a message",
                 "[actors][dump]") {
  sink.set_body_bytes_max(1'000);
  const auto got = dump("a");
  REQUIRE(got.size() > 16);
  CHECK(got.front().body.size() == 1'000);
}

TEST_CASE_METHOD(dump_fixture, "a dump ends when nobody listens to it any more",
                 "[actors][dump]") {
  sink.lose_requesters();
  const auto got = dump("a");
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("unavailable"));
  CHECK(got[0].header("Sluice-Final") == "true");
}

TEST_CASE_METHOD(dump_fixture, "a dump ends at its deadline",
                 "[actors][dump]") {
  sink.observe([] {
    // Each part takes its time.
    const auto until
        = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
    while (std::chrono::steady_clock::now() < until) {
      // nop
    }
  });
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
  const auto got = dump("a", {.until = until});
  REQUIRE_FALSE(got.empty());
  CHECK(got.size() < 4);
  CHECK(got.back().failed_with("timeout"));
  CHECK(got.back().header("Sluice-Final") == "true");
}

TEST_CASE_METHOD(dump_fixture,
                 "a stream waits for a requester that answers its parts",
                 "[actors][dump]") {
  // Each is answered as it comes.
  sink.observe([this] { sink.answer(); });
  const auto got = dump("a", {}, 1);
  CHECK(got.size() > 4);
  CHECK(got.back().succeeded());
}

TEST_CASE_METHOD(dump_fixture,
                 "a stream waits no longer than its deadline for an answer",
                 "[actors][dump]") {
  sink.answer();
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
  const auto got = dump("a", {.until = until}, 2);
  // The one that is answered, and two that are not.
  REQUIRE(got.size() == 4);
  CHECK(got.back().failed_with("timeout"));
  CHECK(got.back().body.contains("waited for its requester"));
}

TEST_CASE_METHOD(dump_fixture,
                 "a stream goes on where its requester never answers",
                 "[actors][dump]") {
  const auto got = dump("a", {}, 2);
  CHECK(got.size() > 4);
  CHECK(got.back().succeeded());
}

TEST_CASE_METHOD(dump_fixture, "a dump as of a commit to come is refused",
                 "[actors][dump]") {
  const auto got
      = dump("a", {.constraint = {.commit_min = database->commit_number + 1,
                                  .database_uuid = uuid_a}});
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("bad_request"));
  CHECK(dump("b", {.constraint = {.commit_min = database->commit_number,
                                  .database_uuid = uuid_a}})
            .back()
            .succeeded());
}

TEST_CASE_METHOD(dump_fixture, "a database over its limit is not dumped",
                 "[actors][dump]") {
  settings.limits.dump_bytes_max = 8'192;
  const auto got = dump("a");
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("too_large"));
  CHECK(got[0].body.contains("limits.dump_bytes_max"));
}

TEST_CASE_METHOD(dump_fixture, "a dump of a damaged file is reported",
                 "[actors][dump]") {
  must_write(database, "INSERT INTO t VALUES (1)");
  // Nothing is left in the WAL alone.
  shut(database);
  database = open(uuid_a);
  run();
  spoil_file(uuid_a);
  const auto got = dump("a");
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("storage"));
  REQUIRE_FALSE(told.broken.empty());
  CHECK(told.broken.front().first == uuid_a);
}

} // namespace sluice::tests
