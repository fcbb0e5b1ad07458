#include "actors/account_flow.hpp"
#include "tests/actors/deadly_request.hpp"
#include "tests/actors/live_system.hpp"
#include "tests/actors/service_requests.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using namespace std::chrono_literals;
using actors::job_route;

TEST_CASE("a server starts and stops time and again", "[actors][supervisor]") {
  for (auto i = 0; i < 50; ++i) {
    CAPTURE(i);
    auto server = live_system{};
    server.start(3);
    const auto uuid = server.create("app");
    server.must("app", "CREATE TABLE t(x)");
    CHECK(server.ask("app", "SELECT 1", job_route::reader).succeeded());
    // Not all are closed when it stops, nor open.
    server.start_query("INSERT INTO t VALUES (1)", {});
    server.start_query("SELECT * FROM t", {.route = job_route::reader});
    CHECK(server.stop());
    CHECK(server.integer_in(uuid, "SELECT count(*) FROM t") == 1);
    CHECK(server.fatal_reports() == 0);
  }
}

TEST_CASE_METHOD(live_system, "a stop answers every request that was accepted",
                 "[actors][supervisor]") {
  settings.databases.writers_max = 2;
  start(2);
  for (const auto* name : {"a", "b", "c", "d"}) {
    create(name);
    must(name, "CREATE TABLE t(x)");
  }
  auto subjects = std::vector<std::string>{};
  for (auto i = 0; i < 50; ++i)
    for (const auto* name : {"a", "b", "c", "d"}) {
      subjects.push_back(
          start_query("INSERT INTO t VALUES (1)", {.database = name}));
      subjects.push_back(start_query(
          "SELECT 1", {.database = name, .route = job_route::reader}));
    }
  CHECK(stop());
  for (const auto& subject : subjects) {
    const auto reply = sink.only(subject);
    CHECK((reply.succeeded() || reply.failed_with("unavailable")));
  }
  CHECK(open_files() == 0);
}

TEST_CASE_METHOD(live_system, "a request after a stop is refused",
                 "[actors][supervisor]") {
  start(0);
  create("app");
  create("other");
  must("app", "SELECT 1");
  start_query(endless_sql(), {.until = in(1s)});
  caf::anon_send(root(), actors::shut_atom::value);
  eventually([this] { return databases.size() == 0; });
  // Its writer is still at work, so the catalog lives.
  CHECK(ask("other", "SELECT 1").failed_with("unavailable"));
  CHECK(ask(services::list_databases{}).failed_with("unavailable"));
}

TEST_CASE_METHOD(live_system, "who asks for a stop twice is answered twice",
                 "[actors][supervisor]") {
  start(1);
  create("app");
  must("app", "SELECT 1");
  // Long enough for all four to ask before it is over.
  start_query(endless_sql(), {.until = in(1s)});
  auto asker = caf::scoped_actor{system(), true};
  const auto shut = actors::shut_atom::value;
  auto catalog_first = asker->request(catalog(), patience, shut);
  auto catalog_second = asker->request(catalog(), patience, shut);
  auto root_first = asker->request(root(), patience, shut);
  auto root_second = asker->request(root(), patience, shut);
  auto answers = 0;
  const auto count = [&answers](bool is_clean) {
    answers += is_clean ? 1 : 0;
  };
  const auto fail = [](const caf::error&) {
  };
  root_second.receive(count, fail);
  root_first.receive(count, fail);
  catalog_second.receive(count, fail);
  catalog_first.receive(count, fail);
  CHECK(answers == 4);
}

TEST_CASE_METHOD(live_system,
                 "a catalog that dies is reported, and the server can stop",
                 "[actors][supervisor]") {
  start(1);
  const auto uuid = create("app");
  must("app", "CREATE TABLE t(x)");
  const auto slow = start_query(endless_sql(), {.until = in(200ms)});
  const auto write = start_query("INSERT INTO t VALUES (1)", {});
  caf::anon_send_exit(catalog(), caf::exit_reason::kill);
  eventually([this] { return fatal_reports() == 1; });
  CHECK_FALSE(stop());
  CHECK(sink.only(slow).failed_with("timeout"));
  CHECK(sink.only(write).succeeded());
  CHECK(integer_in(uuid, "SELECT count(*) FROM t") == 1);
}

TEST_CASE_METHOD(live_system,
                 "a stop that takes too long says so, and answers in the end",
                 "[actors][supervisor]") {
  settings.shutdown.drain_ms_max = 100;
  start(1);
  create("app");
  must("app", "CREATE TABLE t(x)");
  const auto slow = start_query(endless_sql(), {.until = in(600ms)});
  CHECK_FALSE(stop());
  CHECK(sink.only(slow).failed_with("timeout"));
  CHECK(open_files() == 0);
}

TEST_CASE_METHOD(live_system, "a stop without clients or readers is clean",
                 "[actors][supervisor]") {
  start(0);
  CHECK(stop());
}

namespace {

/// A server without NATS, and the requests about accounts of its clients.
struct accounts_system : live_system {
  /// Registers, and does not wait.
  void start_register(const std::string& name) {
    auto work = make_job(
        name, service_request_of("auth.register",
                                 R"({"name":")" + name + R"(","email":")" + name
                                     + R"(@example.org","password":"secret )"
                                     + name + R"("})"));
    actors::account_flow{context, catalog()}.start(std::move(work), {});
  }
  /// Queues a request that its hasher dies of.
  void start_deadly(const std::string& subject) {
    accounts.hashing.push(make_deadly(*this, subject), hashers_are_full);
  }

  const codec::error hashers_are_full{codec::error_code::overloaded, "full"};
};

} // namespace

TEST_CASE_METHOD(accounts_system,
                 "a hasher that dies is replaced, and each request is answered",
                 "[actors][supervisor]") {
  settings.auth.hashers_count = 2;
  start(1);
  create("app");
  for (auto round = 0; round < 5; ++round) {
    auto names = std::vector<std::string>{};
    const auto deadly = "deadly " + std::to_string(round);
    for (auto i = 0; i < 4; ++i)
      names.push_back("u" + std::to_string(round) + "x" + std::to_string(i));
    start_register(names[0]);
    start_deadly(deadly);
    start_deadly(deadly + " too");
    for (auto i = std::size_t{1}; i < names.size(); ++i)
      start_register(names[i]);
    CHECK(sink.await(deadly).failed_with("internal"));
    CHECK(sink.await(deadly + " too").failed_with("internal"));
    for (const auto& name : names) {
      CAPTURE(name);
      CHECK(sink.await(name).succeeded());
    }
  }
  CHECK(fatal_reports() == 0);
  CHECK(stop());
}

TEST_CASE_METHOD(accounts_system,
                 "hashers that die again and again end the service, and what "
                 "waits is answered",
                 "[actors][supervisor]") {
  start(0);
  auto deaths = 0;
  while (fatal_reports() == 0 && deaths < 200) {
    const auto subject = "deadly " + std::to_string(deaths++);
    start_deadly(subject);
    eventually(
        [this, &subject] { return sink.has(subject) || fatal_reports() != 0; });
  }
  CHECK(fatal_reports() == 1);
  start_deadly("waits");
  CHECK(stop());
  CHECK(sink.only("waits").failed_with("unavailable"));
  for (auto i = 0; i + 1 < deaths; ++i)
    CHECK(sink.only("deadly " + std::to_string(i)).failed_with("internal"));
}

} // namespace sluice::tests
