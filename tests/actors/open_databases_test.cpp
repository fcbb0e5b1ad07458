#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using outcome = actors::open_databases::outcome;

TEST_CASE_METHOD(deterministic_system,
                 "a request for a database that nobody created is refused at "
                 "once",
                 "[actors][open_databases]") {
  auto work = make_query("a", "SELECT 1");
  CHECK(databases.send(work) == outcome::unknown);
  REQUIRE(work);
  databases.dispatch(std::move(work), catalog());
  run();
  CHECK(sink.only("a").failed_with("not_found"));
  CHECK(databases.look_ahead("app", 1) == outcome::unknown);
  CHECK(told.jobs.empty());
  CHECK(told.wanted == 0);
  databases.learn("app", uuid_a);
  CHECK(databases.look_ahead("app", 1) == outcome::sent);
}

TEST_CASE_METHOD(deterministic_system,
                 "requests for a closed database wait in its own queue, and "
                 "only the first of them tells the catalog",
                 "[actors][open_databases]") {
  databases.learn("app", uuid_a);
  for (const auto* subject : {"1", "2", "3"})
    databases.dispatch(make_query(subject, "SELECT 1"), catalog());
  run();
  CHECK(told.wanted == 1);
  CHECK(told.jobs.empty());
  const auto wanted = databases.take_wanted();
  REQUIRE(wanted.size() == 1);
  CHECK(wanted.front()->uuid == uuid_a);
  CHECK(wanted.front()->admitted.requests() == 3);
  CHECK(databases.size() == 0);
  CHECK(databases.take_wanted().empty());
  for (const auto& work : wanted.front()->requests.take_all())
    work->reply.succeed("{}");
  CHECK(wanted.front()->admitted.requests() == 0);
}

TEST_CASE_METHOD(deterministic_system,
                 "a database that is closed takes no more requests than one "
                 "that is open",
                 "[actors][open_databases]") {
  settings.admission.database_requests_max = 2;
  databases.learn("app", uuid_a);
  for (const auto* subject : {"1", "2", "3"})
    databases.dispatch(make_query(subject, "SELECT 1"), catalog());
  CHECK(sink.only("3").failed_with("overloaded"));
  CHECK(sink.only("3").body.contains("admission.database_requests_max"));
  CHECK(databases.look_ahead("app", 1) == outcome::overloaded);
  for (const auto& work : databases.take_wanted().front()->requests.take_all())
    work->reply.succeed("{}");
}

TEST_CASE_METHOD(deterministic_system,
                 "a database that was deleted before it was opened is not "
                 "opened",
                 "[actors][open_databases]") {
  databases.learn("app", uuid_a);
  databases.dispatch(make_query("a", "SELECT 1"), catalog());
  const auto last = databases.forget("app");
  REQUIRE(last);
  CHECK(last->requests.take_all().size() == 1);
  CHECK(databases.take_wanted().empty());
  databases.learn("app", uuid_b);
  databases.dispatch(make_query("b", "SELECT 1"), catalog());
  const auto wanted = databases.take_wanted();
  REQUIRE(wanted.size() == 1);
  CHECK(wanted.front()->uuid == uuid_b);
}

TEST_CASE_METHOD(deterministic_system,
                 "requests of the catalogue are bounded like those of a "
                 "database",
                 "[actors][open_databases]") {
  auto waiting = std::vector<actors::job_ptr>{};
  for (auto i = 0u; i < settings.admission.database_requests_max; ++i) {
    waiting.push_back(
        make_job("c", services::list_databases{}, {.database = ""}));
    REQUIRE(databases.send(waiting.back()) == outcome::for_catalogue);
  }
  auto more = make_job("more", services::list_databases{}, {.database = ""});
  CHECK(databases.send(more) == outcome::catalogue_full);
  databases.dispatch(std::move(more), catalog());
  CHECK(sink.only("more").failed_with("overloaded"));
  CHECK(databases.look_ahead("", 1) == outcome::catalogue_full);
  waiting.clear();
  CHECK(databases.look_ahead("", 1) == outcome::sent);
}

TEST_CASE_METHOD(deterministic_system,
                 "a database whose writer hangs refuses writes, and goes on "
                 "with reads",
                 "[actors][open_databases]") {
  const auto database = open(uuid_a);
  must_write(database, "CREATE TABLE t(x)");
  database->busy_until_ms = actors::steady_now_ms() - 900;
  CHECK_FALSE(database->is_hung(actors::steady_now_ms()));
  database->busy_until_ms = actors::steady_now_ms() - 1'100;
  CHECK(database->is_hung(actors::steady_now_ms()));
  databases.dispatch(make_query("write", "INSERT INTO t VALUES (1)"),
                     catalog());
  CHECK(sink.only("write").failed_with("unavailable"));
  CHECK(sink.only("write").body.contains("'app'"));
  auto read
      = make_query("read", "SELECT 1", {.route = actors::job_route::reader});
  CHECK(databases.send(read) == outcome::sent);
  database->busy_until_ms = 0;
  must_write(database, "INSERT INTO t VALUES (1)");
}

TEST_CASE_METHOD(deterministic_system,
                 "a server that shuts down refuses what comes, and gives back "
                 "what waits for a database",
                 "[actors][open_databases]") {
  databases.learn("app", uuid_a);
  databases.dispatch(make_query("waits", "SELECT 1"), catalog());
  const auto waiting = databases.close();
  REQUIRE(waiting.size() == 1);
  waiting.front()->reply.succeed("{}");
  databases.dispatch(make_query("late", "SELECT 1"), catalog());
  CHECK(sink.only("late").failed_with("unavailable"));
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
  CHECK(databases.look_ahead("app", 1) == outcome::overloaded);
  CHECK(databases.refused() == 2);
  run();
  CHECK(sink.only("1").succeeded());
  CHECK(database->admitted.requests() == 0);
  CHECK(database->admitted.bytes() == 0);
  CHECK(databases.look_ahead("app", 1) == outcome::sent);
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
