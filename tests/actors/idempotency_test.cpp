#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/failing_vfs.hpp"

#include <catch2/catch_test_macros.hpp>

/// Writes with an idempotency key.
namespace sluice::tests {

namespace {

struct idempotency_fixture : deterministic_system {
  idempotency_fixture() : database{open(uuid_a)} {
    must_write(database, "CREATE TABLE t(x UNIQUE)");
  }

  actors::job_ptr make_write(const char* subject, std::string sql,
                             std::string id, char payload = 'p') {
    auto work = make_query(subject, std::move(sql));
    work->identity = {std::move(id), {{static_cast<std::byte>(payload)}}};
    return work;
  }
  recorded_reply write(const char* subject, std::string sql, std::string id,
                       char payload = 'p') {
    send(database, make_write(subject, std::move(sql), std::move(id), payload));
    run();
    return sink.only(subject);
  }
  std::int64_t rows() {
    return integer_in(uuid_a, "SELECT count(*) FROM t");
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(idempotency_fixture,
                 "a repeated write is not executed and gets the first reply",
                 "[actors][idempotency]") {
  const auto first = write("a", "INSERT INTO t VALUES (1)", "id");
  REQUIRE(first.succeeded());
  CHECK(first.header("Sluice-Replayed").empty());
  const auto second = write("b", "INSERT INTO t VALUES (1)", "id");
  CHECK(second.succeeded());
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(second.body == first.body);
  CHECK(second.header("Sluice-Bookmark") == first.header("Sluice-Bookmark"));
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "two copies in one group make one write and two equal replies",
                 "[actors][idempotency]") {
  const auto commits = counters.commits();
  send(database, make_write("a", "INSERT INTO t VALUES (1)", "id"));
  send(database, make_write("b", "INSERT INTO t VALUES (1)", "id"));
  run();
  CHECK(counters.commits() == commits + 1);
  CHECK(rows() == 1);
  CHECK(sink.only("a").header("Sluice-Replayed").empty());
  CHECK(sink.only("b").header("Sluice-Replayed") == "true");
  CHECK(sink.only("b").body == sink.only("a").body);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "an id that comes with another payload is a conflict and "
                 "changes nothing",
                 "[actors][idempotency]") {
  write("a", "INSERT INTO t VALUES (1)", "id");
  const auto other = write("b", "INSERT INTO t VALUES (2)", "id", 'q');
  CHECK(other.failed_with("conflict"));
  CHECK(other.body.contains("Nats-Msg-Id"));
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "a write that failed is executed when it comes again",
                 "[actors][idempotency]") {
  must_write(database, "INSERT INTO t VALUES (1)");
  CHECK(write("a", "INSERT INTO t VALUES (1)", "id").failed_with("conflict"));
  must_write(database, "DELETE FROM t");
  const auto again = write("b", "INSERT INTO t VALUES (1)", "id");
  CHECK(again.succeeded());
  CHECK(again.header("Sluice-Replayed").empty());
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "a write that changed nothing is remembered too",
                 "[actors][idempotency]") {
  REQUIRE(write("a", "UPDATE t SET x = 2 WHERE x = 1", "id").succeeded());
  must_write(database, "INSERT INTO t VALUES (1)");
  CHECK(write("b", "UPDATE t SET x = 2 WHERE x = 1", "id")
            .header("Sluice-Replayed")
        == "true");
  CHECK(integer_in(uuid_a, "SELECT x FROM t") == 1);
}

TEST_CASE_METHOD(idempotency_fixture, "a read is not remembered",
                 "[actors][idempotency]") {
  CHECK(
      write("a", "SELECT count(*) AS n FROM t", "id").body.contains("\"n\":0"));
  must_write(database, "INSERT INTO t VALUES (1)");
  CHECK(
      write("b", "SELECT count(*) AS n FROM t", "id").body.contains("\"n\":1"));
}

TEST_CASE_METHOD(idempotency_fixture,
                 "a write is remembered when its database is opened again",
                 "[actors][idempotency]") {
  const auto first = write("a", "INSERT INTO t VALUES (1)", "id");
  shut(database);
  database = open(uuid_a);
  const auto second = write("b", "INSERT INTO t VALUES (1)", "id");
  CHECK(second.header("Sluice-Replayed") == "true");
  CHECK(second.body == first.body);
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "a write that another one's interruption undid is executed "
                 "again and remembered once",
                 "[actors][idempotency]") {
  send(database, make_write("a", "INSERT INTO t VALUES (1)", "id"));
  send(database, make_query("b", "INSERT OR ROLLBACK INTO t VALUES (1)"));
  send(database, make_write("c", "INSERT INTO t VALUES (1)", "id"));
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("a").header("Sluice-Replayed").empty());
  CHECK(sink.only("b").failed_with("conflict"));
  CHECK(sink.only("c").header("Sluice-Replayed") == "true");
  CHECK(rows() == 1);
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM _cf_KV") == 1);
}

TEST_CASE_METHOD(idempotency_fixture,
                 "a reply leaves the database after the retention time",
                 "[actors][idempotency]") {
  write("a", "INSERT INTO t VALUES (1)", "id");
  write("newer", "INSERT INTO t VALUES (9)", "another id");
  shut(database);
  {
    auto file = storage::connection::open(
        directory.database_path(uuid_a),
        actors::connection_options_of(settings, storage::access::writer));
    REQUIRE(file);
    const auto older = "UPDATE _cf_KV SET created_ms = created_ms - "
                       + std::to_string(settings.idempotency.retention_s)
                       + "000 WHERE id = 'id'";
    REQUIRE((*file)->run_once(older));
  }
  database = open(uuid_a);
  must_write(database, "INSERT INTO t VALUES (2)");
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM _cf_KV") == 1);
  CHECK(write("b", "INSERT INTO t VALUES (3)", "id", 'q').succeeded());
}

TEST_CASE_METHOD(idempotency_fixture,
                 "the rows that a remembered write returned are replayed as "
                 "the stream that they were",
                 "[actors][idempotency]") {
  settings.stream.part_bytes = 1;
  const auto sql = "INSERT INTO t VALUES (1), (2) RETURNING x";
  for (const auto* subject : {"a", "b"}) {
    auto work = make_write(subject, sql, "id");
    work->reply.begin_stream(replies);
    send(database, work);
    run();
  }
  const auto first = sink.all_to("a");
  const auto second = sink.all_to("b");
  REQUIRE(first.size() == 3);
  REQUIRE(second.size() == 3);
  for (auto i = std::size_t{0}; i < first.size(); ++i) {
    CHECK(first[i].body == second[i].body);
    CHECK(second[i].header("Sluice-Sequence") == std::to_string(i));
  }
  CHECK(first[0].body == R"({"columns":["x"],"rows":[[1]]})");
  CHECK(second[2].header("Sluice-Final") == "true");
  CHECK(second[2].header("Sluice-Replayed") == "true");
  CHECK(rows() == 2);
}

} // namespace sluice::tests
