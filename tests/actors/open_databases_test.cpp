#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using outcome = actors::open_databases::outcome;

TEST_CASE_METHOD(deterministic_system,
                 "a request for a database that is not open is not taken",
                 "[actors][open_databases]") {
  auto work = make_query("a", "SELECT 1");
  CHECK(databases.send(work) == outcome::not_open);
  REQUIRE(work);
  work->reply.succeed("{}");
}

TEST_CASE_METHOD(deterministic_system,
                 "a database that has its fill takes no more until it answers",
                 "[actors][open_databases]") {
  settings.admission.database_requests_max = 2;
  const auto database = open(uuid_a);
  auto first = make_query("1", "SELECT 1");
  auto second = make_query("2", "SELECT 1");
  auto third = make_query("3", "SELECT 1");
  CHECK(databases.send(first) == outcome::sent);
  CHECK(databases.send(second) == outcome::sent);
  CHECK(databases.send(third) == outcome::overloaded);
  REQUIRE(third);
  CHECK(databases.refused() == 1);
  CHECK(databases.is_full("app", 1));
  CHECK(databases.refused() == 2);
  CHECK_FALSE(databases.is_full("other", 1));
  run();
  CHECK(sink.only("1").succeeded());
  CHECK(database->admitted.requests() == 0);
  CHECK(database->admitted.bytes() == 0);
  CHECK_FALSE(databases.is_full("app", 1));
  CHECK(databases.refused() == 2);
  CHECK(databases.send(third) == outcome::sent);
  run();
  CHECK(sink.only("3").succeeded());
}

TEST_CASE_METHOD(deterministic_system,
                 "a request remembers when its database was used",
                 "[actors][open_databases]") {
  const auto database = open(uuid_a);
  database->last_used_ms = 0;
  auto work = make_query("a", "SELECT 1");
  const auto before = actors::steady_now_ms();
  CHECK(databases.send(work) == outcome::sent);
  CHECK(database->last_used_ms >= before);
}

TEST_CASE_METHOD(deterministic_system,
                 "closing a database leaves another of the same name alone",
                 "[actors][open_databases]") {
  const auto deleted = open(uuid_a, "app");
  const auto created = open(uuid_b, "app");
  databases.remove(*deleted);
  auto work = make_query("a", "SELECT 1");
  CHECK(databases.send(work) == outcome::sent);
  databases.remove(*created);
  CHECK(databases.size() == 0);
  run();
  CHECK(sink.only("a").header("Sluice-Bookmark").contains(uuid_b));
}

TEST_CASE_METHOD(deterministic_system,
                 "a request that its database outlived gives the place back "
                 "before the database goes",
                 "[actors][open_databases]") {
  auto work = make_query("a", "SELECT 1");
  {
    const auto closed = std::make_shared<actors::open_database>(
        uuid_a, "app", settings.admission);
    REQUIRE(closed->admitted.try_enter(work->bytes));
    work->target = closed;
    work->reply.hold_database_permit({closed->admitted, work->bytes});
  }
  // The job is the last to hold the former target.
  const auto former = std::weak_ptr{work->target};
  const auto database = open(uuid_a);
  CHECK(databases.send(work) == outcome::sent);
  CHECK(former.expired());
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(database->admitted.requests() == 0);
}

} // namespace sluice::tests
