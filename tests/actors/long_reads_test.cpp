#include "tests/actors/hanging_function.hpp"
#include "tests/actors/live_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

/// Reads that take long, wait or hang, beside those of other databases.
namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using actors::job_route;

struct long_reads : live_system {
  void start_with(std::initializer_list<const char*> names) {
    start(3);
    for (const auto* name : names) {
      create(name);
      must(name, "CREATE TABLE t(x)");
    }
  }
  std::string start_read(const std::string& database, std::string sql,
                         std::chrono::steady_clock::time_point until
                         = in(60s)) {
    return start_query(
        std::move(sql),
        {.database = database, .route = job_route::reader, .until = until});
  }
  /// A stream whose requester does not take more than a part.
  std::string start_stalled(const std::string& database) {
    const auto subject = database + " stream " + std::to_string(++streams_);
    auto request = codec::query_request{};
    request.queries.push_back({"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                               "SELECT i + 1 FROM c) SELECT i FROM c",
                               {}});
    auto work = make_job(
        subject, std::move(request),
        {.database = database, .route = job_route::reader, .until = in(60s)});
    work->reply.begin_stream(replies, 1);
    dispatch(std::move(work));
    return subject;
  }
  /// The ids of what runs for a database.
  std::vector<std::string> ids(const std::string& database) const {
    constexpr auto key = std::string_view{R"("id":")"};
    const auto text = running.list(database).value();
    auto result = std::vector<std::string>{};
    for (auto at = text.find(key); at != std::string::npos;
         at = text.find(key, at + 1))
      result.push_back(text.substr(
          at + key.size(), text.find('"', at + key.size()) - at - key.size()));
    return result;
  }
  void cancel_all(const std::string& database) {
    for (const auto& id : ids(database))
      CHECK(running.cancel(database, id));
  }
  [[nodiscard]] bool reads(const std::string& database) {
    return ask(database, "SELECT 1", job_route::reader).succeeded();
  }

private:
  int streams_ = 0;
};

} // namespace

TEST_CASE_METHOD(long_reads,
                 "slow reads of some databases do not stop those of others",
                 "[actors][reads]") {
  start_with({"a", "b", "c"});
  auto slow = std::vector<std::string>{};
  for (const auto* name : {"a", "a", "b", "b"})
    slow.push_back(start_read(name, endless_sql()));
  for (auto i = 0; i < 20; ++i)
    CHECK(reads("c"));
  eventually([this] { return queue.count().long_running == 4; });
  CHECK(reads("c"));
  for (const auto& subject : slow)
    CHECK_FALSE(sink.has(subject));
  cancel_all("a");
  cancel_all("b");
  for (const auto& subject : slow)
    CHECK(sink.await(subject).failed_with("timeout"));
  // Those have their readers back.
  CHECK(reads("a"));
  CHECK(reads("b"));
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads,
                 "more slow reads than there is room for wait, and are done",
                 "[actors][reads]") {
  settings.readers.long_reads_max = 2;
  settings.readers.long_reads_per_database_max = 2;
  start_with({"a", "b", "c", "d"});
  auto slow = std::vector<std::string>{};
  for (auto i = 0; i < 2; ++i)
    for (const auto* name : {"a", "b", "c"})
      slow.push_back(start_read(name, counting_sql(3'000'000)));
  CHECK(reads("d"));
  for (const auto& subject : slow)
    CHECK(sink.await(subject).succeeded());
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads, "streams that nobody takes do not stop others",
                 "[actors][reads]") {
  settings.stream.stall_ms_max = 60'000;
  start_with({"a", "b", "c"});
  auto streams = std::vector<std::string>{};
  sink.answer();
  for (const auto* name : {"a", "a", "a", "b", "b"})
    streams.push_back(start_stalled(name));
  eventually([this] { return queue.count().stalled == 5; });
  CHECK(reads("c"));
  // Nor those of the same database.
  CHECK(reads("a"));
  cancel_all("a");
  cancel_all("b");
  for (const auto& subject : streams)
    eventually([this, &subject] {
      return sink.all_to(subject).back().header("Sluice-Final") == "true";
    });
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads, "a stream that nobody takes ends after a while",
                 "[actors][reads]") {
  settings.stream.stall_ms_max = 100;
  start_with({"a"});
  sink.answer();
  const auto subject = start_stalled("a");
  eventually([this, &subject] {
    const auto all = sink.all_to(subject);
    return !all.empty() && all.back().failed_with("timeout");
  });
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads,
                 "a read that hangs is answered at its deadline, and its "
                 "database's reads are refused after the second",
                 "[actors][reads]") {
  start_with({"a", "b"});
  auto hang = hanging_function{};
  const auto first = start_read("a", "SELECT hang()", in(100ms));
  CHECK(sink.await(first).failed_with("timeout"));
  CHECK(hang.waiting() == 1);
  CHECK(reads("a"));
  const auto second = start_read("a", "SELECT hang()", in(100ms));
  CHECK(sink.await(second).failed_with("timeout"));
  CHECK(queue.count().hung == 2);
  CHECK(ask("a", "SELECT 1", job_route::reader).failed_with("unavailable"));
  CHECK(reads("b"));
  must("a", "INSERT INTO t VALUES (1)");
  hang.release();
  eventually([this] { return queue.count().hung == 0; });
  CHECK(reads("a"));
  // They were answered once.
  CHECK(sink.only(first).failed_with("timeout"));
  CHECK(sink.only(second).failed_with("timeout"));
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads, "what runs for a database is listed and cancelled",
                 "[actors][reads]") {
  start_with({"a", "b"});
  const auto read = start_read("a", endless_sql());
  const auto write = start_query("INSERT INTO t " + endless_sql(),
                                 {.database = "a", .until = in(60s)});
  eventually([this] { return ids("a").size() == 2; });
  const auto text = running.list("a").value();
  CHECK(text.contains(R"("kind":"read")"));
  CHECK(text.contains(R"("kind":"write")"));
  CHECK(text.contains(R"("sql":"INSERT INTO t WITH)"));
  CHECK(ids("b").empty());
  CHECK(running.list("nobody").error().code == codec::error_code::not_found);
  const auto known = ids("a");
  // An id is of use for its own database only.
  CHECK_FALSE(running.cancel("b", known.front()));
  const auto refused = running.cancel("a", "0123456789abcdef");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == codec::error_code::not_found);
  cancel_all("a");
  for (const auto& subject : {read, write}) {
    const auto reply = sink.await(subject);
    CHECK(reply.failed_with("timeout"));
    CHECK(reply.body.contains("cancelled by db.a.cancel"));
  }
  eventually([this] { return ids("a").empty(); });
  CHECK_FALSE(running.cancel("a", known.front()));
  must("a", "INSERT INTO t VALUES (1)");
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads, "a read that nobody waits for any more ends",
                 "[actors][reads]") {
  start_with({"a"});
  sink.lose_requesters();
  auto work = make_query(
      "gone", endless_sql(),
      {.database = "a", .route = job_route::reader, .until = in(60s)});
  work->wants_heartbeat = true;
  dispatch(std::move(work));
  eventually([this] {
    const auto all = sink.all_to("gone");
    return !all.empty() && all.back().failed_with("unavailable");
  });
  CHECK(stop());
}

TEST_CASE_METHOD(long_reads,
                 "a requester that asked for no heartbeat gets only its reply",
                 "[actors][reads]") {
  start_with({"a"});
  const auto subject = start_read("a", endless_sql(), in(1'500ms));
  CHECK(sink.await(subject).failed_with("timeout"));
  CHECK(sink.count(subject) == 1);
  CHECK(stop());
}

} // namespace sluice::tests
