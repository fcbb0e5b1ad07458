#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using namespace std::chrono_literals;
using outcome = actors::open_databases::outcome;

namespace {

struct read_fixture : deterministic_system {
  read_fixture() : database{open(uuid_a)} {
    add_reader();
    must_write(database, "CREATE TABLE t(x)");
    must_write(database, "INSERT INTO t VALUES (7)");
  }

  void read(const char* subject, std::string sql, job_options options = {}) {
    options.route = actors::job_route::reader;
    auto work = make_query(subject, std::move(sql), options);
    REQUIRE(databases.send(work) == outcome::sent);
  }
  std::int64_t rows() {
    return integer_in(uuid_a, "SELECT count(*) FROM t");
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(read_fixture, "a reader answers a read with a bookmark",
                 "[actors][reader]") {
  const auto commits = counters.commits();
  read("a", "SELECT x FROM t");
  run();
  const auto reply = sink.only("a");
  CHECK(reply.succeeded());
  CHECK(reply.body.contains("\"results\":[{\"x\":7}]"));
  CHECK(reply.header("Sluice-Bookmark")
        == codec::format_bookmark(database->commit_number, uuid_a));
  CHECK(sink.unflushed() == 0);
  CHECK(counters.commits() == commits);
  CHECK(database->admitted.requests() == 0);
}

TEST_CASE_METHOD(read_fixture,
                 "a read is refused while NATS does not take what there is",
                 "[actors][reader]") {
  sink.set_congested(true);
  read("a", "SELECT x FROM t");
  run();
  CHECK(sink.only("a").failed_with("overloaded"));
  CHECK(sink.only("a").body.contains("nothing was executed"));
  sink.set_congested(false);
  read("b", "SELECT x FROM t");
  run();
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(read_fixture, "a read sees every commit that was answered",
                 "[actors][reader]") {
  for (auto i = 2; i < 6; ++i) {
    must_write(database, "INSERT INTO t VALUES (0)");
    const auto subject = "r" + std::to_string(i);
    read(subject.c_str(), "SELECT count(*) AS n FROM t");
    run();
    CHECK(sink.only(subject).body.contains("\"n\":" + std::to_string(i)));
  }
}

TEST_CASE_METHOD(deterministic_system,
                 "a read that comes while the file is being opened is served "
                 "by a reader",
                 "[actors][reader]") {
  add_reader();
  const auto database = open(uuid_a);
  auto work
      = make_query("a", "SELECT 1 AS n", {.route = actors::job_route::reader});
  REQUIRE(databases.send(work) == outcome::sent);
  CHECK(queue.size() == 0);
  run();
  CHECK(sink.only("a").body.contains("\"n\":1"));
  CHECK(counters.commits() == 0);
}

TEST_CASE_METHOD(read_fixture,
                 "a read that must see more than the reader knows goes to the "
                 "writer",
                 "[actors][reader]") {
  const auto number = database->commit_number.load();
  const auto commits = counters.commits();
  // As if the commit had not been announced yet.
  database->commit_number = number - 1;
  read("a", "SELECT count(*) AS n FROM t",
       {.constraint = {.commit_min = number, .database_uuid = uuid_a}});
  run();
  CHECK(sink.only("a").body.contains("\"n\":1"));
  CHECK(counters.commits() == commits + 1);
}

TEST_CASE_METHOD(read_fixture,
                 "a read with a bookmark from the future is refused",
                 "[actors][reader]") {
  read("a", "SELECT 1",
       {.constraint = {.commit_min = database->commit_number + 1,
                       .database_uuid = uuid_a}});
  run();
  CHECK(sink.only("a").failed_with("bad_request"));
}

TEST_CASE_METHOD(read_fixture,
                 "a read with another database's bookmark is refused",
                 "[actors][reader]") {
  read("a", "SELECT 1",
       {.constraint = {.commit_min = 0, .database_uuid = uuid_b}});
  run();
  CHECK(sink.only("a").failed_with("bad_request"));
  CHECK(sink.unflushed() == 0);
}

TEST_CASE_METHOD(read_fixture,
                 "a statement that looks like a read but writes is executed "
                 "once, by the writer",
                 "[actors][reader]") {
  const auto writes = counters.writes_committed();
  read("a", "WITH n AS (SELECT 8 AS x) INSERT INTO t SELECT x FROM n");
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("a").body.contains("\"changes\":1"));
  CHECK(rows() == 2);
  CHECK(counters.writes_committed() == writes + 1);
  CHECK(database->admitted.requests() == 0);
}

TEST_CASE_METHOD(read_fixture,
                 "a batch that writes late is executed once, by the writer",
                 "[actors][reader]") {
  auto request = codec::query_request{};
  request.is_batch = true;
  request.queries = {{"SELECT count(*) AS n FROM t", {}},
                     {"WITH n AS (SELECT 1) INSERT INTO t SELECT * FROM n", {}},
                     {"SELECT count(*) AS n FROM t", {}}};
  auto work = make_job("a", request, {.route = actors::job_route::reader});
  REQUIRE(databases.send(work) == outcome::sent);
  run();
  const auto body = sink.only("a").body;
  CHECK(body.contains("\"n\":1"));
  CHECK(body.contains("\"n\":2"));
  CHECK(rows() == 2);
}

TEST_CASE_METHOD(read_fixture,
                 "a write that a reader finds while its database closes waits "
                 "for the next opening, and is executed once",
                 "[actors][reader]") {
  read("a", "WITH n AS (SELECT 8 AS x) INSERT INTO t SELECT x FROM n");
  shut(database);
  CHECK(told.wanted == 1);
  CHECK_FALSE(sink.has("a"));
  const auto wanted = databases.take_wanted();
  REQUIRE(wanted.size() == 1);
  auto work = wanted.front()->requests.pop();
  REQUIRE(work);
  CHECK(work->route == actors::job_route::writer);
  const auto reopened = open(uuid_a);
  REQUIRE(databases.send(work) == outcome::sent);
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(rows() == 2);
  CHECK(database->admitted.requests() == 0);
  CHECK(reopened->admitted.requests() == 0);
}

TEST_CASE_METHOD(read_fixture,
                 "a read whose deadline passed in the queue is not executed",
                 "[actors][reader]") {
  read("a", "SELECT 1", {.until = std::chrono::steady_clock::now()});
  run();
  CHECK(sink.only("a").failed_with("timeout"));
  CHECK(sink.only("a").body.contains("it was not executed"));
}

TEST_CASE_METHOD(read_fixture, "a read is interrupted at its deadline",
                 "[actors][reader]") {
  read("a", endless_sql(), {.until = in(50ms)});
  read("b", "SELECT 1");
  run();
  CHECK(sink.only("a").failed_with("timeout"));
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(read_fixture,
                 "a batch of reads whose reply does not fit into a message is "
                 "refused",
                 "[actors][reader]") {
  sink.set_body_bytes_max(4'096);
  auto request = codec::query_request{};
  request.is_batch = true;
  request.queries.assign(100, {"SELECT 1 WHERE 0", {}});
  auto work = make_job("a", request, {.route = actors::job_route::reader});
  REQUIRE(databases.send(work) == outcome::sent);
  run();
  CHECK(sink.only("a").failed_with("too_large"));
}

TEST_CASE_METHOD(
    read_fixture,
    "readers that were told to forget a database tell the catalog, each once",
    "[actors][reader]") {
  const auto reader = add_reader();
  CHECK(queue.tell_to_forget(uuid_b) == 2);
  run();
  CHECK(told.forgot == std::vector<std::string>{uuid_b, uuid_b});
  caf::anon_send(reader, actors::forget_atom::value, std::string{uuid_b});
  run();
  CHECK(told.forgot.size() == 2);
}

TEST_CASE_METHOD(read_fixture,
                 "a reader that forgot a database has its file open no longer",
                 "[actors][reader]") {
  read("a", "SELECT 1");
  shut(database);
  CHECK(open_files(uuid_a) > 0);
  queue.tell_to_forget(uuid_a);
  run();
  CHECK(open_files(uuid_a) == 0);
  CHECK(sink.only("a").succeeded());
}

TEST_CASE_METHOD(read_fixture, "a reader keeps so many files open, no more",
                 "[actors][reader]") {
  settings.readers.connections_max = 1;
  const auto other = open(uuid_b, "other");
  run();
  read("a", "SELECT 1");
  read("b", "SELECT 1", {.database = "other"});
  shut(database);
  shut(other);
  CHECK(open_files(uuid_a) == 0);
  CHECK(open_files(uuid_b) > 0);
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(read_fixture,
                 "a reader that met a broken file serves it once it is whole",
                 "[actors][reader]") {
  shut(database);
  const auto path = directory.database_path(uuid_a);
  std::filesystem::rename(path, path + ".kept");
  spoil_file(uuid_a);
  auto work = make_query("a", "SELECT x FROM t",
                         {.route = actors::job_route::reader});
  work->target = database;
  queue.push(std::move(work));
  run();
  CHECK(sink.only("a").failed_with("storage"));
  std::filesystem::rename(path + ".kept", path);
  work = make_query("b", "SELECT x FROM t",
                    {.route = actors::job_route::reader});
  work->target = database;
  queue.push(std::move(work));
  run();
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(read_fixture,
                 "a long queue of reads is served in turns, with the reader "
                 "hearing other messages in between",
                 "[actors][reader]") {
  const auto reads = 600;
  for (auto i = 0; i < reads; ++i)
    read(std::to_string(i).c_str(), "SELECT 1");
  scheduler().run_once();
  CHECK(sink.all().size() < reads);
  run();
  for (auto i = 0; i < reads; ++i)
    CHECK(sink.count(std::to_string(i)) == 1);
  CHECK(sink.unflushed() == 0);
}

} // namespace sluice::tests
