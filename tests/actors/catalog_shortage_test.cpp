#include "tests/actors/live_system.hpp"
#include "tests/actors/thread_shortage.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>

/// What the catalog does where the system does not give what a database needs.
namespace sluice::tests {

TEST_CASE_METHOD(live_system,
                 "a database for which no thread can be had is unavailable, "
                 "and the server goes on",
                 "[actors][catalog][shortage]") {
  start(1);
  for (const auto* name : {"a", "b", "c"})
    create(name);
  must("a", "CREATE TABLE t(x)");
  must("b", "SELECT 1");
  for (const auto allowed : {0, 1, 2}) {
    // With two, the catalog's own attempt succeeds, and CAF's does not.
    CAPTURE(allowed);
    {
      const auto shortage = thread_shortage{allowed};
      const auto refused = ask("c", "SELECT 1");
      INFO(refused.body);
      CHECK(refused.failed_with("unavailable"));
      CHECK(refused.body.contains("'c'"));
      CHECK(refused.body.contains("no thread"));
      CHECK(ask(services::list_databases{}).succeeded());
    }
    CHECK(databases.shortage().contains("no thread"));
    must("a", "INSERT INTO t VALUES (1)");
  }
  must("c", "SELECT 1");
  must("b", "SELECT 1");
  CHECK(fatal_reports() == 0);
  // Nothing half made is waited for.
  CHECK(stop());
}

TEST_CASE_METHOD(
    live_system,
    "where no thread can be had, a database that nobody uses makes "
    "room",
    "[actors][catalog][shortage]") {
  start(0);
  create("a");
  create("b");
  must("a", "SELECT 1");
  auto shortage = std::make_unique<thread_shortage>(0);
  const auto waiting = start_query("SELECT 1", {.database = "b"});
  // Either it makes room, or the other one has been refused by then.
  eventually([this] { return databases.size() == 0; });
  shortage.reset();
  const auto reply = sink.await(waiting);
  CHECK((reply.succeeded() || reply.failed_with("unavailable")));
  must("b", "SELECT 1");
  CHECK(stop());
}

TEST_CASE_METHOD(live_system,
                 "databases are closed while their connections hold too much "
                 "memory",
                 "[actors][catalog][shortage]") {
  settings.databases.memory_bytes_max = 1;
  start(0);
  for (const auto* name : {"a", "b"}) {
    create(name);
    must(name, "CREATE TABLE t(x)");
  }
  eventually([this] { return databases.size() == 0; });
  must("a", "INSERT INTO t VALUES (1)");
}

} // namespace sluice::tests
