#include "schema/migration.hpp"
#include "services/post_search.hpp"
#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/failing_vfs.hpp"
#include "tests/actors/service_requests.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <string>

/// The tables of the services are made on the first use, whatever the disk
/// does meanwhile.
namespace sluice::tests {

namespace {

constexpr auto create_body = R"({"name":"Ann","email":"ann@example.org"})";

// The VFS must outlive the actors' connections.
struct service_schema : failing_vfs, deterministic_system {
  service_schema() {
    database = open(uuid_a, "app", failing_vfs::name());
    run();
  }

  recorded_reply ask(std::string_view tail, std::string_view body) {
    const auto subject = "s" + std::to_string(++sent);
    send(database, make_job(subject, service_request_of(tail, body)));
    run();
    return sink.only(subject);
  }

  [[nodiscard]] std::int64_t in_file(std::string_view sql) const {
    return integer_in(uuid_a, sql);
  }

  /// A migration is there as a whole, with its row, or not at all.
  void check_whole() const {
    const auto has_log = in_file(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'd1_migrations'");
    const auto applied
        = has_log == 0 ? 0 : in_file("SELECT count(*) FROM d1_migrations");
    const auto tables = in_file("SELECT count(*) FROM sqlite_schema WHERE name "
                                "IN ('users', 'posts', 'service_totals', "
                                "'posts_search')");
    CHECK(applied == tables);
    CHECK(in_file("SELECT count(*) FROM pragma_integrity_check WHERE "
                  "integrity_check <> 'ok'")
          == 0);
  }

  actors::open_database_ptr database;
  int sent = 0;
};

} // namespace

TEST_CASE_METHOD(service_schema,
                 "each migration is one commit, before the request's own",
                 "[actors][services]") {
  CHECK(database->commit_number == 0);
  CHECK_FALSE(database->has_schema);
  CHECK(ask("users.create", create_body).succeeded());
  CHECK(database->has_schema);
  CHECK(database->commit_number == schema::migrations().size() + 1);
  check_whole();
  CHECK(ask("users.list", "{}").succeeded());
  CHECK(database->commit_number == schema::migrations().size() + 1);
  shut(database);
}

TEST_CASE_METHOD(service_schema,
                 "what waits for a commit is answered before a migration",
                 "[actors][services]") {
  send(database, make_query("w", "CREATE TABLE t(x)"));
  send(database,
       make_job("u", service_request_of("users.create", create_body)));
  send(database, make_query("v", "INSERT INTO t VALUES (1)"));
  run();
  for (const auto* subject : {"w", "u", "v"})
    CHECK(sink.only(subject).succeeded());
  CHECK(in_file("SELECT count(*) FROM t") == 1);
  CHECK(in_file("SELECT count(*) FROM users") == 1);
  shut(database);
}

TEST_CASE_METHOD(
    service_schema,
    "a migration that the disk cuts off is undone, and tried again",
    "[actors][services]") {
  // Every third, for there are many.
  const auto number = GENERATE(Catch::Generators::range(
      std::size_t{1}, std::size_t{60}, std::size_t{3}));
  const auto fault = GENERATE(operation_fault::refused, operation_fault::full);
  fail_operation(number, fault, true);
  const auto first = ask("users.create", create_body);
  repair();
  // A fault behind the last operation does nothing.
  const auto was_hit = operations() >= number;
  CAPTURE(number, was_hit);
  CHECK(first.succeeded() == !was_hit);
  check_whole();
  // As after a restart, for a file that failed may be given up.
  shut(database);
  database = open(uuid_a, "app", failing_vfs::name());
  run();
  if (!first.succeeded()) {
    const auto again = ask("users.create", create_body);
    CHECK((again.succeeded() || again.failed_with("conflict")));
  }
  check_whole();
  CHECK(in_file("SELECT count(*) FROM users") == 1);
  CHECK(in_file("SELECT users FROM service_totals") == 1);
  shut(database);
}

TEST_CASE_METHOD(service_schema,
                 "a reader gives the first request of a service to the writer",
                 "[actors][services]") {
  add_reader();
  const auto make = [this](const std::string& subject) {
    auto work = make_job(subject, service_request_of("users.list", "{}"),
                         {.route = actors::job_route::reader});
    work->target = database;
    return work;
  };
  databases.insert(database);
  queue.push(make("a"));
  run();
  CHECK(sink.only("a").succeeded());
  CHECK(database->has_schema);
  queue.push(make("b"));
  run();
  CHECK(sink.only("b").body == sink.only("a").body);
  databases.remove(*database);
  shut(database);
}

TEST_CASE_METHOD(service_schema,
                 "of very many posts that match the newest are ranked",
                 "[actors][services]") {
  CHECK(ask("users.create", create_body).succeeded());
  const auto count = services::search_ranked_max + 5;
  must_write(database,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
             "WHERE i < "
                 + std::to_string(count)
                 + ") INSERT INTO posts(user_id, title, published) SELECT 1, "
                   "'x', 1 FROM n");
  const auto page = [this](std::int64_t offset) {
    return ask("posts.search", "{\"query\":\"x\",\"limit\":10,\"offset\":"
                                   + std::to_string(offset) + "}")
        .body;
  };
  const auto total = ",\"total\":" + std::to_string(count) + ",";
  CHECK(page(0).contains(total));
  const auto last = page(services::search_ranked_max - 2);
  CHECK(last.contains("\"posts\":[{\"id\":7,"));
  CHECK(last.contains("{\"id\":6,"));
  CHECK_FALSE(last.contains("{\"id\":5,"));
  const auto behind = page(services::search_ranked_max);
  CHECK(behind.contains("\"posts\":[]"));
  CHECK(behind.contains(total));
  CHECK(behind.contains("\"has_more\":false"));
  shut(database);
}

} // namespace sluice::tests
