#include "actors/account_flow.hpp"
#include "actors/account_worker.hpp"
#include "codec/json_writer.hpp"
#include "services/service_table.hpp"
#include "tests/actors/deadly_request.hpp"
#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/service_requests.hpp"
#include "tests/unit/security/key_files.hpp"

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
             const job_options& options = {}, const std::string& source = {}) {
    auto object = codec::request_object{};
    for (auto& [name, value] : fields)
      object.members.emplace_back(std::move(name), std::move(value));
    auto request = services::decode_service(auth_operation(operation),
                                            std::move(object));
    REQUIRE(request);
    flow.start(make_job(subject, std::move(*request), options),
               {.authorization = {},
                .client_address = source,
                .payload = {},
                .endpoint = {}});
  }
  void start_register(const std::string& name, const job_options& options = {},
                      const std::string& source = {}) {
    start(name, "register",
          {{"name", name},
           {"email", name + "@example.org"},
           {"password", "password of " + name}},
          options, source);
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

  /// Fails to log in until an answer is held back.
  /// @return the name of that request.
  std::string hold_a_failed_login() {
    start_register("ann");
    run();
    auto name = std::string{};
    for (auto i = 0u; i <= settings.auth.failures_slowed; ++i) {
      name = "wrong " + std::to_string(i);
      start_login(name, "ann@example.org", "a guess 1");
      run();
    }
    CHECK_FALSE(sink.has(name));
    return name;
  }
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
  const auto held = hold_a_failed_login();
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
                 "a request for a database that is not open waits for it, and "
                 "the catalog is told once",
                 "[actors][accounts]") {
  databases.learn("closed", uuid_b);
  start_register("ann", {.database = "closed"});
  start_login("login", "ann@example.org", "some password",
              {.database = "closed"});
  run();
  // The registration is hashed by then, and the login is not looked up.
  CHECK(accounts.passwords.operations() == 1);
  CHECK(told.wanted == 1);
  const auto wanted = databases.take_wanted();
  REQUIRE(wanted.size() == 1);
  const auto waiting = wanted.front()->requests.take_all();
  CHECK(waiting.size() == 2);
  for (const auto& work : waiting)
    work->reply.succeed("{}");
}

TEST_CASE_METHOD(account_fixture,
                 "a source with too many passwords to be stored is refused "
                 "before one is hashed, and nobody else is",
                 "[actors][accounts]") {
  const auto most = settings.auth.source_hashes_max;
  for (auto i = 0u; i < most; ++i)
    start_register("u" + std::to_string(i), {}, "192.0.2.1");
  start_register("refused", {}, "192.0.2.1");
  const auto refused = sink.only("refused");
  CHECK(refused.failed_with("overloaded"));
  CHECK(refused.header("Nats-Service-Error-Code") == "429");
  CHECK(refused.body.contains("auth.source_hashes_max"));
  CHECK(refused.body.contains("nothing was executed; try again in at most "));
  CHECK(refused.body.contains(R"("retryable":true)"));
  start_register("other", {}, "192.0.2.2");
  start_register("unknown");
  run();
  for (auto i = 0u; i < most; ++i)
    CHECK(sink.only("u" + std::to_string(i)).succeeded());
  CHECK(sink.only("other").succeeded());
  CHECK(sink.only("unknown").succeeded());
  CHECK(accounts.passwords.operations() == most + 2);
  // Its logins are another matter.
  start("login", "login",
        {{"email", "u0@example.org"}, {"password", "password of u0"}}, {},
        "192.0.2.1");
  run();
  CHECK(sink.only("login").succeeded());
}

TEST_CASE_METHOD(account_fixture,
                 "a registration that fails counts for its source, for it took "
                 "a hash",
                 "[actors][accounts]") {
  const auto fields = std::vector<std::pair<std::string, std::string>>{
      {"name", "Ann"}, {"email", "ann@example.org"}, {"password", "password"}};
  for (auto i = 0u; i < settings.auth.source_hashes_max; ++i) {
    start("r" + std::to_string(i), "register", fields, {}, "192.0.2.1");
    run();
  }
  CHECK(sink.only("r0").succeeded());
  CHECK(sink.only("r1").failed_with("conflict"));
  start("refused", "register", fields, {}, "192.0.2.1");
  CHECK(sink.only("refused").failed_with("overloaded"));
}

TEST_CASE_METHOD(account_fixture,
                 "what was not hashed does not count for its source",
                 "[actors][accounts]") {
  const auto past = std::chrono::steady_clock::now() - 1s;
  const auto most = settings.auth.source_hashes_max;
  // Too late, or without room in the queue: one and the same source.
  for (auto i = 0u; i < most; ++i)
    start_register("late" + std::to_string(i), {.until = past}, "192.0.2.1");
  run();
  CHECK(sink.only("late0").failed_with("timeout"));
  for (auto i = 0u; i <= settings.auth.hash_queue_max; ++i)
    start_register("fills" + std::to_string(i), {},
                   "198.51.100." + std::to_string(i));
  for (auto i = 0u; i < 2 * most; ++i) {
    start_register("full" + std::to_string(i), {}, "192.0.2.1");
    CHECK(sink.only("full" + std::to_string(i))
              .body.contains("auth.hash_queue_max"));
  }
  run();
  for (auto i = 0u; i < most; ++i)
    start_register("u" + std::to_string(i), {}, "192.0.2.1");
  start_register("refused", {}, "192.0.2.1");
  run();
  for (auto i = 0u; i < most; ++i)
    CHECK(sink.only("u" + std::to_string(i)).succeeded());
  CHECK(sink.only("refused").body.contains("auth.source_hashes_max"));
}

TEST_CASE_METHOD(account_fixture,
                 "what waited for a hasher that died, or was held back, is "
                 "answered once by the next one",
                 "[actors][accounts]") {
  const auto held = hold_a_failed_login();
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  run();
  for (const auto* name : {"bob", "cem", "dan"})
    start_register(name);
  run();
  for (const auto* name : {"bob", "cem", "dan"})
    CHECK_FALSE(sink.has(name));
  const auto options = actors::account_worker_options{
      .context = context, .queue = accounts.hashing, .index = 0};
  worker = system().spawn(actors::make_account_worker, options, catalog());
  accounts.hashing.replace_worker(0, worker);
  run();
  for (const auto* name : {"bob", "cem", "dan"})
    CHECK(sink.only(name).succeeded());
  CHECK(accounts.hashing.size() == 0);
  // What is held back stays so for as long as it was to be.
  CHECK_FALSE(sink.has(held));
  scheduler().advance_time(10s);
  run();
  CHECK(sink.count(held) == 1);
  CHECK(sink.only(held).failed_with("unauthenticated"));
}

TEST_CASE_METHOD(account_fixture,
                 "a request that its hasher died of is answered, and so is "
                 "what stood behind it",
                 "[actors][accounts]") {
  accounts.hashing.push(make_deadly(*this, "deadly"), {});
  start_register("ann");
  run();
  CHECK(sink.only("deadly").failed_with("internal"));
  CHECK(sink.only("deadly").body.contains("incident "));
  CHECK_FALSE(sink.has("ann"));
  const auto options = actors::account_worker_options{
      .context = context, .queue = accounts.hashing, .index = 0};
  worker = system().spawn(actors::make_account_worker, options, catalog());
  accounts.hashing.replace_worker(0, worker);
  run();
  CHECK(sink.only("ann").succeeded());
}

TEST_CASE_METHOD(deterministic_system,
                 "beyond the bound a token whose signature takes long is "
                 "refused at once, and the others are checked",
                 "[actors][accounts]") {
  const auto pem = make_private_pem(ed25519);
  const auto public_keys = security::server_keys{
      security::key_ring::make(security::signing_key::from_pem(pem).value())
          .value(),
      std::string(32, 's')};
  auto own = actors::authentication{settings.auth, public_keys};
  const auto own_context = actors::serving_context{
      settings, directory, server_name, replies, databases,
      queue,    results,   own,         running};
  auto flow = actors::account_flow{own_context, catalog()};
  // Of another database: it is refused, but only once it has been checked.
  const auto token = own.issuer.issue({7, "session", "other"},
                                      std::chrono::system_clock::now());
  REQUIRE(token);
  const auto header = "Bearer " + *token;
  const auto start = [this, &flow, &header](const std::string& subject) {
    flow.start(make_job(subject, service_request_of("me.get", "{}")),
               {.authorization = header,
                .client_address = {},
                .payload = {},
                .endpoint = {}});
  };
  auto most = 0;
  while (own.checking.refused() == 0 && most < 100'000)
    start("t" + std::to_string(most++));
  const auto refused = sink.only("t" + std::to_string(--most));
  CHECK(refused.failed_with("overloaded"));
  CHECK(refused.body.contains("too many tokens wait to be checked"));
  CHECK(own.checking.size() == static_cast<std::size_t>(most));
  CHECK(sink.all().size() == 1);
  const auto worker = system().spawn(
      actors::make_account_worker,
      actors::account_worker_options{
          .context = own_context, .queue = own.checking, .index = 0},
      catalog());
  CHECK(own.checking.add_worker(worker) == 0);
  // One that is idle is woken by the next, for which it makes room.
  start("next");
  run();
  CHECK(own.checking.size() == 0);
  for (auto i = 0; i < most; ++i)
    CHECK(sink.only("t" + std::to_string(i)).failed_with("unauthenticated"));
  CHECK(sink.only("next").body.contains("not one of this database"));
  own.checking.close();
  caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  run();
}

} // namespace sluice::tests
