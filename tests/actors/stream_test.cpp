#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

/// Replies that come as several messages.
namespace sluice::tests {

namespace {

constexpr auto endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i "
                         "+ 1 FROM c) SELECT i FROM c";

struct stream_fixture : deterministic_system {
  stream_fixture() : database{open(uuid_a)} {
    settings.stream.part_bytes = 1;
    add_reader();
    must_write(database, "CREATE TABLE t(x)");
    must_write(database, "INSERT INTO t VALUES (1), (2), (3)");
  }

  std::vector<recorded_reply> stream(const char* subject,
                                     std::vector<std::string> texts,
                                     job_options options = {}) {
    auto request = codec::query_request{};
    for (auto& sql : texts)
      request.queries.push_back({std::move(sql), {}});
    request.is_batch = texts.size() > 1;
    auto work = make_job(subject, std::move(request), options);
    work->reply.begin_stream(replies);
    REQUIRE(databases.send(work) == actors::open_databases::outcome::sent);
    run();
    return sink.all_to(subject);
  }
  std::vector<recorded_reply> read(const char* subject,
                                   std::vector<std::string> texts) {
    return stream(subject, std::move(texts),
                  {.route = actors::job_route::reader});
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(stream_fixture,
                 "a stream goes where streams go, wherever its request came",
                 "[actors][stream]") {
  auto other = recording_sink{};
  auto other_replies = actors::reply_context{other, other, counters};
  auto request = codec::query_request{};
  request.queries.push_back({"SELECT x FROM t", {}});
  auto work = make_job("unused", std::move(request),
                       {.route = actors::job_route::reader});
  work->reply.succeed("{}");
  work->reply = {other_replies, services::endpoint_id::db_query, "a", ""};
  work->reply.begin_stream(replies);
  REQUIRE(databases.send(work) == actors::open_databases::outcome::sent);
  run();
  CHECK(sink.all_to("a").size() == 4);
  CHECK(other.all().empty());
}

TEST_CASE_METHOD(stream_fixture,
                 "a streamed read sends numbered parts and a final message",
                 "[actors][stream]") {
  const auto got = read("a", {"SELECT x FROM t"});
  REQUIRE(got.size() == 4);
  for (auto i = std::size_t{0}; i < got.size(); ++i) {
    CHECK(got[i].header("Sluice-Sequence") == std::to_string(i));
    CHECK(got[i].header("Sluice-Final") == (i == 3 ? "true" : ""));
  }
  CHECK(got[2].body == R"({"columns":["x"],"rows":[[3]]})");
  CHECK(got[2].header("Sluice-Statement") == "0");
  CHECK(got[3].body.starts_with(R"({"success":true,"meta":{)"));
  CHECK(got[3].header("Sluice-Bookmark")
        == codec::format_bookmark(database->commit_number, uuid_a));
  CHECK(database->admitted.requests() == 0);
}

TEST_CASE_METHOD(stream_fixture, "a stream that fails says so at its end",
                 "[actors][stream]") {
  const auto got = read("a", {"SELECT x, abs(x - 5 - 9223372036854775805) FROM "
                              "t"});
  REQUIRE(got.size() == 2);
  CHECK(got[0].succeeded());
  CHECK(got[1].failed_with("sql_error"));
  CHECK(got[1].header("Sluice-Final") == "true");
  CHECK(got[1].header("Sluice-Sequence") == "1");
}

TEST_CASE_METHOD(stream_fixture,
                 "a stream ends when nobody listens to it any more",
                 "[actors][stream]") {
  sink.lose_requesters();
  const auto got = read("a", {endless});
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("unavailable"));
  CHECK(read("b", {"SELECT 1"}).size() == 1);
}

TEST_CASE_METHOD(stream_fixture, "a stream ends at its deadline",
                 "[actors][stream]") {
  settings.stream.part_bytes = 64 << 10;
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{50};
  const auto got = stream("a", {endless},
                          {.route = actors::job_route::reader, .until = until});
  REQUIRE_FALSE(got.empty());
  CHECK(got.back().failed_with("timeout"));
}

TEST_CASE_METHOD(stream_fixture,
                 "what a streamed write returns leaves after its commit",
                 "[actors][stream]") {
  auto rows_seen = std::vector<std::int64_t>{};
  sink.observe([this, &rows_seen] {
    rows_seen.push_back(integer_in(uuid_a, "SELECT count(*) FROM t"));
  });
  const auto got
      = stream("a", {"INSERT INTO t VALUES (4), (5) RETURNING x", "SELECT 9"});
  REQUIRE(got.size() == 4);
  CHECK(rows_seen == std::vector<std::int64_t>{5, 5, 5, 5});
  CHECK(got[1].body == R"({"columns":["x"],"rows":[[5]]})");
  CHECK(got[2].header("Sluice-Statement") == "1");
  CHECK(got[3].header("Sluice-Final") == "true");
}

TEST_CASE_METHOD(stream_fixture,
                 "a streamed write that returns more than a group may hold is "
                 "refused and changes nothing",
                 "[actors][stream]") {
  settings.writer.group_bytes_max = 100;
  const auto got = stream("a", {"INSERT INTO t SELECT x + 10 FROM t RETURNING "
                                "x, 'some text to fill it'"});
  REQUIRE(got.size() == 1);
  CHECK(got[0].failed_with("too_large"));
  CHECK(got[0].body.contains("writer.group_bytes_max"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 3);
}

TEST_CASE_METHOD(stream_fixture,
                 "a streamed batch that turns out to write after it has sent "
                 "rows is refused and changes nothing",
                 "[actors][stream]") {
  const auto got
      = read("a", {"SELECT x FROM t", "WITH c AS (SELECT 1) DELETE FROM t"});
  CHECK(got.back().failed_with("bad_request"));
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 3);
  CHECK(read("b", {"WITH c AS (SELECT 1) DELETE FROM t"}).back().succeeded());
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 0);
}

} // namespace sluice::tests
