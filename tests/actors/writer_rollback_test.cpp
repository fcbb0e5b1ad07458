#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using namespace std::chrono_literals;

namespace {

/// A database with a table of unique numbers that holds 1.
struct one_number : deterministic_system {
  one_number() : database{open(uuid_a)} {
    must_write(database, "CREATE TABLE t(x INTEGER PRIMARY KEY)");
    must_write(database, "INSERT INTO t VALUES (1)");
    commits_before = counters.commits();
  }

  void insert(const char* subject, int number) {
    send(database, make_query(subject, "INSERT INTO t VALUES ("
                                           + std::to_string(number) + ")"));
  }
  std::int64_t count(const std::string& where) {
    return integer_in(uuid_a, "SELECT count(*) FROM t WHERE " + where);
  }

  actors::open_database_ptr database;
  std::uint64_t commits_before = 0;
};

} // namespace

TEST_CASE_METHOD(one_number, "a write that fails leaves its group alone",
                 "[actors][writer]") {
  insert("a", 2);
  insert("b", 1);
  insert("c", 3);
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").failed_with("conflict"));
  CHECK(sink.only("c").succeeded());
  CHECK(count("true") == 3);
  CHECK(counters.commits() == commits_before + 1);
}

TEST_CASE_METHOD(one_number, "a failed write's earlier statements are undone",
                 "[actors][writer]") {
  insert("a", 2);
  send(database,
       make_job("b", codec::exec_request{"INSERT INTO t VALUES (3);\n"
                                         "INSERT INTO t VALUES (1);"}));
  run();
  CHECK(sink.only("b").failed_with("conflict"));
  CHECK(sink.only("a").succeeded());
  CHECK(count("x = 2") == 1);
  CHECK(count("x = 3") == 0);
}

TEST_CASE_METHOD(one_number, "a write that fails alone holds no lock",
                 "[actors][writer]") {
  insert("a", 1);
  run();
  CHECK(sink.only("a").failed_with("conflict"));
  CHECK(sink.unflushed() == 0);
  CHECK(counters.commits() == commits_before);
  auto other = storage::connection::open(
      directory.database_path(uuid_a),
      actors::connection_options_of(settings, storage::access::writer));
  REQUIRE(other);
  CHECK((*other)->run("BEGIN IMMEDIATE"));
}

TEST_CASE_METHOD(one_number,
                 "a request that rolls everything back fails alone, and the "
                 "others are executed again exactly once",
                 "[actors][writer]") {
  insert("a", 2);
  insert("b", 3);
  send(database, make_query("c", "INSERT OR ROLLBACK INTO t VALUES (1)"));
  insert("d", 4);
  run();
  CHECK(sink.only("c").failed_with("conflict"));
  for (const auto* subject : {"a", "b", "d"}) {
    CHECK(sink.only(subject).succeeded());
    CHECK(sink.only(subject).body.contains("\"changes\":1"));
  }
  CHECK(count("true") == 4);
  // The two before it are committed at once, the one behind it later.
  CHECK(counters.commits() == commits_before + 2);
  CHECK(database->commit_number == 2 + 2);
}

TEST_CASE_METHOD(one_number,
                 "a write that its deadline interrupts fails alone, and the "
                 "others succeed exactly once",
                 "[actors][writer]") {
  insert("a", 2);
  insert("b", 3);
  send(database,
       make_query("c", "INSERT INTO t " + endless_sql(), {.until = in(300ms)}));
  run();
  CHECK(sink.only("c").failed_with("timeout"));
  CHECK(sink.only("c").body.contains("interrupted"));
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("b").succeeded());
  CHECK(count("true") == 3);
  CHECK(counters.commits() == commits_before + 1);
}

TEST_CASE_METHOD(one_number,
                 "a request whose deadline comes while it is executed again "
                 "takes no other one along",
                 "[actors][writer]") {
  // Nearly all of the time until its deadline, twice.
  const auto slow
      = "INSERT INTO t SELECT 5 FROM (" + counting_sql(2'000'000) + ")";
  const auto start = std::chrono::steady_clock::now();
  must_write(database, slow);
  must_write(database, "DELETE FROM t WHERE x = 5");
  const auto took = std::chrono::steady_clock::now() - start;
  insert("a", 2);
  send(database,
       make_query("b", slow, {.until = start + took + took + took / 2}));
  insert("c", 3);
  send(database, make_query("d", "INSERT INTO t " + endless_sql(),
                            {.until = start + took + took + took / 4}));
  insert("e", 4);
  run();
  CHECK(sink.only("d").failed_with("timeout"));
  for (const auto* subject : {"a", "c", "e"})
    CHECK(sink.only(subject).succeeded());
  CHECK(count("x IN (2, 3, 4)") == 3);
  // How fast the machine is decides over `b`, but what it says is true.
  CHECK(count("x = 5") == (sink.only("b").succeeded() ? 1 : 0));
}

TEST_CASE_METHOD(deterministic_system,
                 "a write beyond the size of the database fails alone",
                 "[actors][writer]") {
  settings.limits.database_bytes_max = 81'920;
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  send(database, make_query("a", "INSERT INTO t VALUES ('small')"));
  send(database, make_query("b", "INSERT INTO t VALUES (zeroblob(1000000))"));
  send(database, make_query("c", "INSERT INTO t VALUES ('small')"));
  run();
  CHECK_FALSE(sink.only("b").succeeded());
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("c").succeeded());
  CHECK(integer_in(uuid_a, "SELECT count(*) FROM t") == 2);
}

TEST_CASE_METHOD(one_number,
                 "a batch whose reply does not fit into a message is refused "
                 "and not committed",
                 "[actors][writer]") {
  sink.set_body_bytes_max(4'096);
  auto request = codec::query_request{};
  request.is_batch = true;
  for (auto i = 0; i < 100; ++i)
    request.queries.push_back(
        {"INSERT INTO t VALUES (" + std::to_string(100 + i) + ")", {}});
  send(database, make_job("a", request));
  insert("b", 2);
  run();
  CHECK(sink.only("a").failed_with("too_large"));
  CHECK(sink.only("b").succeeded());
  CHECK(count("x >= 100") == 0);
}

} // namespace sluice::tests
