#include "actors/account_flow.hpp"
#include "actors/account_worker.hpp"
#include "codec/json_writer.hpp"
#include "services/service_table.hpp"
#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <utility>

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;

/// The declaration behind `auth.<name>`.
const services::operation& auth_operation(std::string_view name) {
  for (const auto* service : services::service_table())
    for (const auto& operation : service->operations)
      if (service->name == "auth" && operation.name == name)
        return operation;
  throw std::runtime_error{"no such operation"};
}

/// A database with the tables of the services, and nobody who hashes.
struct account_flow_fixture : deterministic_system {
  account_flow_fixture() : database{open(uuid_a)} {
    add_reader();
    run();
  }
  ~account_flow_fixture() {
    accounts.hashing.close();
  }

  /// A request of `auth.*` comes; the reply goes to `subject`.
  void start(const std::string& subject, std::string_view operation,
             std::vector<std::pair<std::string, std::string>> fields,
             const job_options& options = {}) {
    auto object = codec::request_object{};
    for (auto& [name, value] : fields)
      object.members.emplace_back(std::move(name), std::move(value));
    auto request = services::decode_service(auth_operation(operation),
                                            std::move(object));
    REQUIRE(request);
    flow.start(make_job(subject, std::move(*request), options), {});
  }
  void start_register(const std::string& name,
                      const job_options& options = {}) {
    start(name, "register",
          {{"name", name},
           {"email", name + "@example.org"},
           {"password", "password of " + name}},
          options);
  }
  void start_login(const std::string& subject, const std::string& email,
                   const std::string& password,
                   const job_options& options = {}) {
    start(subject, "login", {{"email", email}, {"password", password}},
          options);
  }

  actors::open_database_ptr database;
  actors::account_flow flow{context, catalog()};
};

/// The same with a hasher, which works while the test lets it.
struct account_fixture : account_flow_fixture {
  account_fixture() {
    const auto options = actors::account_worker_options{
        .context = context, .queue = accounts.hashing, .index = 0};
    worker = system().spawn(actors::make_account_worker, options, catalog());
    accounts.hashing.add_worker(worker);
    run();
  }
  ~account_fixture() {
    accounts.hashing.close();
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    run();
  }

  actors::account_worker_actor worker;
};

} // namespace

TEST_CASE_METHOD(account_fixture,
                 "a registration takes one hash, and so does each login, "
                 "right, wrong or unknown",
                 "[actors][accounts]") {
  start_register("ann");
  CHECK(accounts.passwords.operations() == 0);
  run();
  CHECK(sink.only("ann").succeeded());
  CHECK(accounts.passwords.operations() == 1);
  must_write(database, "INSERT INTO users(name, email) VALUES ('x', "
                       "'without@example.org')");
  auto before = accounts.passwords.operations();
  const auto costs = [this, &before] {
    run();
    return accounts.passwords.operations()
           - std::exchange(before, accounts.passwords.operations());
  };
  start_login("right", "ann@example.org", "password of ann");
  CHECK(costs() == 1);
  CHECK(sink.only("right").succeeded());
  start_login("wrong", "ann@example.org", "another password");
  CHECK(costs() == 1);
  start_login("unknown", "nobody@example.org", "another password");
  CHECK(costs() == 1);
  start_login("without", "without@example.org", "another password");
  CHECK(costs() == 1);
  for (const auto* subject : {"wrong", "unknown", "without"}) {
    CHECK(sink.only(subject).failed_with("unauthenticated"));
    CHECK(sink.only(subject).body == sink.only("wrong").body);
  }
}

TEST_CASE_METHOD(account_fixture,
                 "beyond the bound a password is refused at once, and the "
                 "others are served",
                 "[actors][accounts]") {
  // One that the hasher takes, and those that wait.
  const auto served = std::size_t{settings.auth.hash_queue_max} + 1;
  for (auto i = std::size_t{0}; i < served + 3; ++i)
    start_register("u" + std::to_string(i));
  CHECK(accounts.passwords.operations() == 0);
  for (auto i = std::size_t{0}; i < served + 3; ++i) {
    const auto subject = "u" + std::to_string(i);
    CAPTURE(subject);
    CHECK(sink.has(subject) == (i >= served));
  }
  const auto refused = sink.only("u" + std::to_string(served));
  CHECK(refused.failed_with("overloaded"));
  CHECK(refused.body.contains("auth.hash_queue_max"));
  CHECK(accounts.hashing.refused() == 3);
  run();
  CHECK(accounts.passwords.operations() == served);
  for (auto i = std::size_t{0}; i < served; ++i)
    CHECK(sink.only("u" + std::to_string(i)).succeeded());
}

TEST_CASE_METHOD(account_fixture,
                 "a deadline that passes in the queue costs no hash, and "
                 "counts as no failure",
                 "[actors][accounts]") {
  const auto past = std::chrono::steady_clock::now() - 1s;
  start_register("late", {.until = past});
  for (auto i = 0; i < 20; ++i)
    start_login("login " + std::to_string(i), "ann@example.org", "password",
                {.until = past});
  run();
  CHECK(sink.only("late").failed_with("timeout"));
  CHECK(sink.only("late").body.contains("not executed"));
  CHECK(accounts.passwords.operations() == 0);
  CHECK(accounts.throttle.size() == 0);
}

TEST_CASE_METHOD(account_flow_fixture,
                 "while passwords wait, everything else is served",
                 "[actors][accounts]") {
  for (auto i = 0; i < 5; ++i) {
    start_register("r" + std::to_string(i));
    start_login("l" + std::to_string(i),
                "u" + std::to_string(i) + "@example.org", "some password");
  }
  run();
  CHECK(accounts.hashing.size() == 10);
  send(database, make_query("write", "CREATE TABLE t(x)"));
  auto read
      = make_query("read", "SELECT 1", {.route = actors::job_route::reader});
  CHECK(databases.send(read) == actors::open_databases::outcome::sent);
  run();
  CHECK(sink.only("write").succeeded());
  CHECK(sink.only("read").succeeded());
  CHECK(accounts.hashing.size() == 10);
  CHECK(accounts.passwords.operations() == 0);
}

TEST_CASE_METHOD(account_fixture,
                 "the answer to a repeated failure is held back, and nothing "
                 "else is",
                 "[actors][accounts]") {
  start_register("ann");
  run();
  const auto slowed = settings.auth.failures_slowed;
  for (auto i = 0u; i < slowed; ++i) {
    start_login("wrong " + std::to_string(i), "ann@example.org", "a guess 1");
    run();
    CHECK(
        sink.only("wrong " + std::to_string(i)).failed_with("unauthenticated"));
  }
  start_login("held", "ann@example.org", "a guess 2");
  start_register("bob");
  run();
  CHECK_FALSE(sink.has("held"));
  CHECK(sink.only("bob").succeeded());
  scheduler().advance_time(249ms);
  run();
  CHECK_FALSE(sink.has("held"));
  scheduler().advance_time(1ms);
  run();
  CHECK(sink.only("held").failed_with("unauthenticated"));
}

TEST_CASE_METHOD(account_fixture,
                 "what waits or is held at the end is answered",
                 "[actors][accounts]") {
  start_register("ann");
  run();
  for (auto i = 0u; i <= settings.auth.failures_slowed; ++i) {
    start_login("wrong " + std::to_string(i), "ann@example.org", "a guess 1");
    run();
  }
  const auto held = "wrong " + std::to_string(settings.auth.failures_slowed);
  CHECK_FALSE(sink.has(held));
  start_register("waits");
  accounts.hashing.close();
  CHECK(sink.only(held).failed_with("unavailable"));
  CHECK(sink.only("waits").failed_with("unavailable"));
}

TEST_CASE_METHOD(account_fixture,
                 "an address that fails too often is refused before anything "
                 "is looked up",
                 "[actors][accounts]") {
  for (auto i = 0u; i < settings.auth.failures_max; ++i) {
    start_login("wrong " + std::to_string(i), "ann@example.org", "a guess 1");
    run();
  }
  const auto before = accounts.passwords.operations();
  start_login("refused", "ANN@example.org", "a guess 2");
  CHECK(sink.only("refused").failed_with("overloaded"));
  run();
  CHECK(accounts.passwords.operations() == before);
  scheduler().advance_time(10s);
  run();
}

TEST_CASE_METHOD(account_fixture,
                 "a request for a database that is not open goes to the "
                 "catalog",
                 "[actors][accounts]") {
  start_register("ann", {.database = "closed"});
  start_login("login", "ann@example.org", "some password",
              {.database = "closed"});
  run();
  // The registration is hashed by then, and the login is not looked up.
  CHECK(accounts.passwords.operations() == 1);
  REQUIRE(told.jobs.size() == 2);
  for (auto& work : std::exchange(told.jobs, {}))
    work->reply.succeed("{}");
}

} // namespace sluice::tests
