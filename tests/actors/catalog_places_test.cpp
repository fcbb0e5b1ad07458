#include "tests/actors/live_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <thread>

namespace sluice::tests {

using namespace std::chrono_literals;
using actors::job_route;

namespace {

/// Databases are told apart by the millisecond of their last use.
void pass_a_millisecond() {
  const auto now = actors::steady_now_ms();
  eventually([now] { return actors::steady_now_ms() > now; });
}

std::string name_of(int i) {
  return "db" + std::to_string(i);
}

} // namespace

TEST_CASE_METHOD(live_system,
                 "no more databases are open at once than there are places",
                 "[actors][catalog]") {
  settings.databases.writers_max = 2;
  // No readers, so every open file is a writer's.
  start(0);
  for (auto i = 0; i < 5; ++i)
    create(name_of(i));
  auto too_many = std::atomic<bool>{false};
  auto any = std::atomic<bool>{false};
  sink.observe([this, &too_many, &any] {
    const auto files = open_files();
    if (files > 2)
      too_many = true;
    if (files > 0)
      any = true;
  });
  auto subjects = std::vector<std::string>{};
  for (auto round = 0; round < 5; ++round)
    for (auto i = 0; i < 5; ++i)
      subjects.push_back(start_query("CREATE TABLE IF NOT EXISTS t(x)",
                                     {.database = name_of(i)}));
  for (const auto& subject : subjects)
    CHECK(sink.await(subject).succeeded());
  CHECK_FALSE(too_many);
  CHECK(any);
  CHECK(stop());
  for (const auto& subject : subjects)
    CHECK(sink.count(subject) == 1);
}

TEST_CASE_METHOD(live_system,
                 "the database that was used longest ago makes room",
                 "[actors][catalog]") {
  settings.databases.writers_max = 2;
  start(0);
  const auto a = create("a");
  const auto b = create("b");
  const auto c = create("c");
  for (const auto* name : {"a", "b", "a"}) {
    must(name, "SELECT 1");
    pass_a_millisecond();
  }
  must("c", "SELECT 1");
  CHECK(open_files(a) == 1);
  CHECK(open_files(b) == 0);
  CHECK(open_files(c) == 1);
}

TEST_CASE_METHOD(live_system,
                 "many requests for one closed database close only one other",
                 "[actors][catalog]") {
  settings.databases.writers_max = 3;
  start(0);
  for (auto i = 0; i < 4; ++i)
    create(name_of(i));
  for (auto i = 0; i < 3; ++i) {
    must(name_of(i), "SELECT 1");
    pass_a_millisecond();
  }
  // The one that must go takes its time.
  auto busy = make_query("busy", endless_sql(),
                         {.database = name_of(0), .until = in(500ms)});
  dispatch(std::move(busy));
  for (auto i = 1; i < 3; ++i) {
    pass_a_millisecond();
    must(name_of(i), "SELECT 1");
  }
  auto waiting = std::vector<std::string>{};
  for (auto i = 0; i < 10; ++i)
    waiting.push_back(start_query("SELECT 1", {.database = name_of(3)}));
  for (const auto& subject : waiting)
    CHECK(sink.await(subject).succeeded());
  CHECK(sink.await("busy").failed_with("timeout"));
  CHECK(databases.size() == 3);
}

TEST_CASE_METHOD(live_system,
                 "a request whose deadline passes while it waits for a place "
                 "is not executed",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(0);
  create("a");
  create("b");
  must("b", "CREATE TABLE t(x)");
  must("a", "SELECT 1");
  const auto slow
      = start_query(endless_sql(), {.database = "a", .until = in(2s)});
  const auto late = start_query("INSERT INTO t VALUES (1)",
                                {.database = "b", .until = in(100ms)});
  CHECK(sink.await(late).failed_with("timeout"));
  // Nothing else has happened.
  CHECK_FALSE(sink.has(slow));
  CHECK(sink.await(late).body.contains("waited for its database to be opened"));
  CHECK(sink.await(late).body.contains("it was not executed"));
  CHECK(sink.await(slow).failed_with("timeout"));
  CHECK(ask("b", "SELECT count(*) AS n FROM t").body.contains("\"n\":0"));
}

TEST_CASE_METHOD(live_system,
                 "requests for many more databases than there are places are "
                 "all served",
                 "[actors][catalog]") {
  constexpr auto names = 40;
  settings.databases.writers_max = 3;
  start(2);
  for (auto i = 0; i < names; ++i)
    create(name_of(i));
  auto subjects = std::vector<std::string>{};
  for (auto i = 0; i < 20 * names; ++i)
    subjects.push_back(start_query(
        "SELECT 1",
        {.database = name_of(i % names),
         .route = i % 2 == 0 ? job_route::reader : job_route::writer}));
  for (const auto& subject : subjects)
    CHECK(sink.await(subject).succeeded());
  CHECK(databases.size() <= 3);
}

TEST_CASE_METHOD(live_system,
                 "a database gets a place although others are in use all the "
                 "time",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(1);
  create("busy");
  create("other");
  auto clients = std::vector<std::jthread>{};
  for (auto i = 0; i < 2; ++i)
    clients.emplace_back([this, i](const std::stop_token& is_over) {
      for (auto n = 0; !is_over.stop_requested(); ++n) {
        const auto subject
            = "busy" + std::to_string(i) + "-" + std::to_string(n);
        dispatch(make_query(subject, "SELECT 1", {.database = "busy"}));
        while (!sink.has(subject) && !is_over.stop_requested())
          std::this_thread::yield();
      }
    });
  eventually([this] { return sink.has("busy0-0") && sink.has("busy1-0"); });
  must("other", "SELECT 1");
}

TEST_CASE_METHOD(live_system,
                 "a writer that hangs takes no place from others, and its "
                 "database is unavailable",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(1);
  create("app");
  create("other");
  must("app", "CREATE TABLE t(x)");
  auto work = make_query("slow", endless_sql(), {.until = in(3s)});
  dispatch(work);
  auto database = work->target;
  work.reset();
  eventually([&database] {
    return database->requests.size() == 0 && database->busy_until_ms != 0;
  });
  const auto behind = start_query("INSERT INTO t VALUES (1)", {});
  // As if it should have ended long ago.
  database->busy_until_ms = 1;
  CHECK(sink.await(behind).failed_with("unavailable"));
  CHECK(ask("app", "INSERT INTO t VALUES (1)").failed_with("unavailable"));
  must("other", "SELECT 1");
  CHECK_FALSE(sink.has("slow"));
  database.reset();
  CHECK(sink.await("slow").failed_with("timeout"));
  // The writer notes a moment after its answer that it goes on.
  eventually(
      [this] { return ask("app", "INSERT INTO t VALUES (1)").succeeded(); });
}

TEST_CASE_METHOD(live_system,
                 "every request is answered once, and executed as it says, "
                 "while databases open and close",
                 "[actors][catalog]") {
  constexpr auto clients = 4;
  constexpr auto requests = 100;
  constexpr auto names = 5;
  settings.databases.writers_max = 2;
  start(3);
  for (auto i = 0; i < names; ++i) {
    create(name_of(i));
    must(name_of(i), "CREATE TABLE t(x)");
  }
  const auto subject_of = [](int client, int request) {
    return "c" + std::to_string(client) + "-" + std::to_string(request);
  };
  {
    auto threads = std::vector<std::jthread>{};
    for (auto client = 0; client < clients; ++client)
      threads.emplace_back([this, client, &subject_of] {
        for (auto i = 0; i < requests; ++i) {
          // Every third finds out at a reader that it writes.
          const auto late = i % 3 == 0;
          const auto sql = late ? "WITH n AS (SELECT 1) INSERT INTO t "
                                  "SELECT * FROM n"
                                : "INSERT INTO t VALUES (1)";
          dispatch(make_query(
              subject_of(client, i), sql,
              {.database = name_of((client + i) % names),
               .route = late ? job_route::reader : job_route::writer}));
        }
      });
  }
  for (auto client = 0; client < clients; ++client)
    for (auto i = 0; i < requests; ++i)
      CHECK(sink.await(subject_of(client, i)).succeeded());
  for (auto i = 0; i < names; ++i)
    CHECK(ask(name_of(i), "SELECT count(*) AS n FROM t")
              .body.contains("\"n\":"
                             + std::to_string(clients * requests / names)));
  CHECK(stop());
  for (auto client = 0; client < clients; ++client)
    for (auto i = 0; i < requests; ++i)
      CHECK(sink.count(subject_of(client, i)) == 1);
}

} // namespace sluice::tests
