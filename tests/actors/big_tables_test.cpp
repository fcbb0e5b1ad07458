#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

/// Tables that take more room than a request may have in temporary files.
namespace sluice::tests {

using namespace std::chrono_literals;

namespace {

struct big_table : deterministic_system {
  big_table() {
    settings.limits.request_temporary_bytes_max = 1u << 20;
    database = open(uuid_a);
    must_write(database, "CREATE TABLE small(x)");
    must_write(database, "CREATE TABLE big(x)");
    must_write(database, "INSERT INTO big WITH RECURSIVE k(i) AS (SELECT 1 "
                         "UNION ALL SELECT i + 1 FROM k LIMIT 40) SELECT "
                         "randomblob(200000) FROM k");
  }
  std::int64_t count(const std::string& table) {
    return integer_in(uuid_a, "SELECT count(*) FROM " + table);
  }

  actors::open_database_ptr database;
};

} // namespace

TEST_CASE_METHOD(big_table,
                 "a table that is larger than the bound of temporary files is "
                 "emptied, alone and behind other writes",
                 "[actors][writer]") {
  const auto is_behind = GENERATE(false, true);
  if (is_behind)
    send(database, make_query("before", "INSERT INTO small VALUES (1)"));
  send(database, make_query("a", "DELETE FROM big"));
  send(database, make_query("behind", "INSERT INTO small VALUES (2)"));
  run();
  INFO(sink.only("a").body);
  CHECK(sink.only("a").succeeded());
  if (is_behind)
    CHECK(sink.only("before").succeeded());
  CHECK(sink.only("behind").succeeded());
  CHECK(count("small") == (is_behind ? 2 : 1));
  CHECK(count("big") == 0);
}

TEST_CASE_METHOD(big_table,
                 "a table that is larger than the bound of temporary files is "
                 "dropped, alone and behind other writes",
                 "[actors][writer]") {
  const auto is_behind = GENERATE(false, true);
  if (is_behind)
    send(database, make_query("before", "INSERT INTO small VALUES (1)"));
  send(database, make_query("a", "DROP TABLE big"));
  send(database, make_query("behind", "INSERT INTO small VALUES (2)"));
  run();
  INFO(sink.only("a").body);
  CHECK(sink.only("a").succeeded());
  if (is_behind)
    CHECK(sink.only("before").succeeded());
  CHECK(sink.only("behind").succeeded());
  CHECK(count("small") == (is_behind ? 2 : 1));
  CHECK(count("sqlite_schema WHERE name = 'big'") == 0);
}

TEST_CASE_METHOD(big_table,
                 "a change that fails after much else is undone, first in its "
                 "group or not",
                 "[actors][writer]") {
  const auto is_behind = GENERATE(false, true);
  if (is_behind)
    send(database, make_query("before", "INSERT INTO small VALUES (1)"));
  send(database, make_job("a", codec::exec_request{
                                   "DELETE FROM big; DROP TABLE small; SELECT "
                                   "abs(-9223372036854775807 - 1)"}));
  send(database, make_query("behind", "INSERT INTO small VALUES (2)"));
  run();
  CHECK(sink.only("a").failed_with("sql_error"));
  CHECK(sink.only("behind").succeeded());
  CHECK(count("big") == 40);
  CHECK(count("small") == (is_behind ? 2 : 1));
}

TEST_CASE_METHOD(big_table,
                 "a deferred foreign key that the first of a group violates is "
                 "that request's error",
                 "[actors][writer]") {
  must_write(database, "CREATE TABLE parent(id INTEGER PRIMARY KEY)");
  must_write(database, "CREATE TABLE child(id REFERENCES parent DEFERRABLE "
                       "INITIALLY DEFERRED)");
  send(database, make_query("a", "INSERT INTO child VALUES (1)"));
  send(database, make_query("b", "INSERT INTO small VALUES (1)"));
  run();
  CHECK(sink.only("a").failed_with("constraint"));
  CHECK(sink.only("b").succeeded());
  CHECK(count("child") == 0);
}

} // namespace sluice::tests
