#include "tests/actors/live_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using actors::job_route;

TEST_CASE_METHOD(live_system, "a database is opened by its first request",
                 "[actors][catalog]") {
  start(2);
  const auto uuid = create("app");
  CHECK(file_exists(uuid));
  CHECK(open_files() == 0);
  CHECK(databases.size() == 0);
  const auto reply = ask("app", "CREATE TABLE t(x)");
  CHECK(reply.succeeded());
  CHECK(reply.header("Sluice-Bookmark").ends_with(uuid));
  CHECK(databases.size() == 1);
  CHECK(file_exists(uuid));
  CHECK(ask("app", "SELECT * FROM t", job_route::reader).succeeded());
}

TEST_CASE_METHOD(live_system, "a database's first request may be a read",
                 "[actors][catalog]") {
  start(2);
  create("app");
  CHECK(
      ask("app", "SELECT 1 AS n", job_route::reader).body.contains("\"n\":1"));
}

TEST_CASE_METHOD(live_system, "nobody knows a database that was not created",
                 "[actors][catalog]") {
  start(1);
  const auto reply = ask("app", "SELECT 1");
  CHECK(reply.failed_with("not_found"));
  CHECK(reply.body.contains("'app'"));
  CHECK(ask(services::get_database{.name = "app", .uuid = ""})
            .failed_with("not_found"));
  CHECK(ask(services::delete_database{"app"}).failed_with("not_found"));
  CHECK(databases.size() == 0);
}

TEST_CASE_METHOD(live_system, "a database cannot be created twice",
                 "[actors][catalog]") {
  start(1);
  create("app");
  must("app", "CREATE TABLE t(x)");
  CHECK(ask(services::create_database{"app"}).failed_with("conflict"));
  CHECK(ask("app", "SELECT * FROM t").succeeded());
}

TEST_CASE_METHOD(live_system, "the catalog describes open and closed databases",
                 "[actors][catalog]") {
  start(1);
  const auto uuid = create("app");
  create("other");
  must("app", "CREATE TABLE t(x)");
  const auto by_name = ask(services::get_database{.name = "app", .uuid = ""});
  CHECK(by_name.body.contains("\"num_tables\":1"));
  CHECK(by_name.body.contains(uuid));
  CHECK(ask(services::get_database{.name = "", .uuid = uuid}).body
        == by_name.body);
  const auto listed = ask(services::list_databases{});
  CHECK(listed.body.contains("\"total\":2"));
  CHECK(listed.body.find("\"app\"") < listed.body.find("\"other\""));
}

TEST_CASE_METHOD(live_system, "one broken file does not hide the others",
                 "[actors][catalog]") {
  start(1);
  spoil_file(create("broken"));
  create("app");
  const auto listed = ask(services::list_databases{});
  CHECK(listed.body.contains("\"app\""));
  CHECK(listed.body.contains("\"broken\""));
  const auto broken = ask(services::get_database{.name = "broken", .uuid = ""});
  CHECK(broken.body.contains("\"file_size\":8192"));
  CHECK(broken.body.contains("\"num_tables\":0"));
}

TEST_CASE_METHOD(live_system,
                 "a file that cannot be made leaves no database behind",
                 "[actors][catalog]") {
  start(1);
  const auto databases_folder
      = std::filesystem::path{directory.database_path("x")}.parent_path();
  std::filesystem::remove(databases_folder);
  CHECK(ask(services::create_database{"app"}).failed_with("storage"));
  CHECK(ask(services::list_databases{}).body.contains("\"total\":0"));
  std::filesystem::create_directory(databases_folder);
  create("app");
  must("app", "CREATE TABLE t(x)");
}

TEST_CASE_METHOD(live_system, "a database that nobody uses is closed",
                 "[actors][catalog]") {
  settings.databases.idle_close_s = 0;
  start(1);
  create("app");
  must("app", "CREATE TABLE t(x)");
  must("app", "INSERT INTO t VALUES (1)");
  eventually([this] { return databases.size() == 0; });
  eventually([this] { return open_files() == 0; });
  CHECK(ask("app", "SELECT count(*) AS n FROM t").body.contains("\"n\":1"));
}

TEST_CASE_METHOD(live_system, "a database in use is not idle",
                 "[actors][catalog]") {
  using namespace std::chrono_literals;
  settings.databases.idle_close_s = 0;
  start(1);
  create("app");
  create("other");
  must("app", "CREATE TABLE t(x)");
  const auto slow = start_query(endless_sql(), {.until = in(800ms)});
  // The catalog has looked, and closed what it could, more than once.
  for (auto i = 0; i < 2; ++i) {
    must("other", "SELECT 1");
    eventually([this] { return databases.size() == 1; });
  }
  CHECK(sink.await(slow).failed_with("timeout"));
}

TEST_CASE_METHOD(live_system, "a database whose writer died is opened again",
                 "[actors][catalog]") {
  start(1);
  create("app");
  must("app", "CREATE TABLE t(x)");
  // The job tells who serves it.
  auto work = make_query("first", "SELECT 1");
  dispatch(work);
  sink.await("first");
  auto database = std::exchange(work->target, nullptr);
  caf::anon_send_exit(database->writer, caf::exit_reason::kill);
  eventually([this] { return databases.size() == 0; });
  database.reset();
  must("app", "INSERT INTO t VALUES (1)");
}

} // namespace sluice::tests
