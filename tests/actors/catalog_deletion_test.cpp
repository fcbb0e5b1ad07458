#include "tests/actors/live_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using namespace std::chrono_literals;
using actors::job_route;

namespace {

bool anything_left(const live_system& server, const std::string& uuid) {
  const auto path = server.directory.database_path(uuid);
  return std::filesystem::exists(path) || std::filesystem::exists(path + "-wal")
         || std::filesystem::exists(path + "-shm");
}

services::delete_database deletion() {
  return {"app"};
}

} // namespace

TEST_CASE_METHOD(live_system, "a deleted database is gone with its files",
                 "[actors][catalog]") {
  start(2);
  const auto uuid = create("app");
  must("app", "CREATE TABLE t(x)");
  CHECK(ask("app", "SELECT 1", job_route::reader).succeeded());
  CHECK(ask(deletion()).succeeded());
  CHECK(ask("app", "SELECT 1").failed_with("not_found"));
  CHECK(ask("app", "SELECT 1", job_route::reader).failed_with("not_found"));
  CHECK(ask(deletion()).failed_with("not_found"));
  eventually([this, &uuid] { return !anything_left(*this, uuid); });
  CHECK(open_files(uuid) == 0);
  CHECK(ask(services::list_databases{}).body.contains("\"total\":0"));
}

TEST_CASE_METHOD(live_system,
                 "a database with the name of a deleted one begins empty",
                 "[actors][catalog]") {
  start(2);
  create("app");
  must("app", "CREATE TABLE t(x)");
  CHECK(ask(deletion()).succeeded());
  create("app");
  must("app", "CREATE TABLE t(x)");
}

TEST_CASE_METHOD(live_system, "nothing reaches a database after its deletion",
                 "[actors][catalog]") {
  start(1);
  create("app");
  must("app", "CREATE TABLE t(x)");
  auto open_at_reply = std::atomic<std::size_t>{99};
  sink.observe([this, &open_at_reply] { open_at_reply = databases.size(); });
  CHECK(ask(deletion()).succeeded());
  CHECK(open_at_reply == 0);
}

TEST_CASE_METHOD(live_system,
                 "files are removed only after every reader has let go",
                 "[actors][catalog]") {
  start(0);
  {
    const auto first = listening_reader{system()};
    const auto second = listening_reader{system()};
    queue.add_reader(first.address());
    queue.add_reader(second.address());
    const auto uuid = create("app");
    must("app", "CREATE TABLE t(x)");
    CHECK(ask(deletion()).succeeded());
    eventually([&first, &second, &uuid] {
      return first.was_told_to_forget(uuid) && second.was_told_to_forget(uuid);
    });
    // The writer has let go.
    CHECK(open_files(uuid) == 0);
    caf::anon_send(catalog(), actors::forgot_atom::value, uuid);
    // The catalog has seen that when it answers this.
    CHECK(ask(services::list_databases{}).succeeded());
    CHECK(file_exists(uuid));
    caf::anon_send(catalog(), actors::forgot_atom::value, uuid);
    eventually([this, &uuid] { return !anything_left(*this, uuid); });
  }
  CHECK(stop());
}

TEST_CASE_METHOD(live_system, "files are removed only after the writer let go",
                 "[actors][catalog]") {
  start(1);
  const auto uuid = create("app");
  must("app", "CREATE TABLE t(x)");
  const auto slow = start_query(endless_sql(), {.until = in(300ms)});
  const auto behind = start_query("INSERT INTO t VALUES (1)", {});
  CHECK(ask(deletion()).succeeded());
  if (!sink.has(slow))
    CHECK(file_exists(uuid));
  CHECK(sink.await(slow).failed_with("timeout"));
  // It was accepted before the deletion.
  CHECK(sink.await(behind).succeeded());
  eventually([this, &uuid] { return !anything_left(*this, uuid); });
}

TEST_CASE_METHOD(live_system,
                 "requests that come while a deleted database closes are "
                 "answered",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(1);
  const auto uuid = create("app");
  create("other");
  must("app", "CREATE TABLE t(x)");
  const auto slow = start_query(endless_sql(), {.until = in(300ms)});
  // Closes `app`, and waits for its place.
  const auto other = start_query("SELECT 1", {.database = "other"});
  // Wait for the closing, and are overtaken by the deletion.
  const auto parked = start_query("SELECT 1", {});
  CHECK(ask(deletion()).succeeded());
  CHECK(sink.await(slow).failed_with("timeout"));
  CHECK(sink.await(other).succeeded());
  const auto reply = sink.await(parked);
  CHECK((reply.succeeded() || reply.failed_with("not_found")));
  eventually([this, &uuid] { return !anything_left(*this, uuid); });
  CHECK(stop());
  CHECK(sink.count(parked) == 1);
}

TEST_CASE_METHOD(live_system,
                 "reads that wait when their database is deleted are answered, "
                 "also if it was closed since",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(0);
  {
    const auto reader = listening_reader{system()};
    queue.add_reader(reader.address());
    const auto uuid = create("app");
    create("other");
    must("app", "CREATE TABLE t(x)");
    const auto read = start_query("SELECT 1", {.route = job_route::reader});
    REQUIRE(queue.size() == 1);
    // Takes the place of `app`.
    must("other", "SELECT 1");
    CHECK(queue.size() == 1);
    CHECK(ask(deletion()).succeeded());
    CHECK(sink.await(read).failed_with("not_found"));
    CHECK(queue.size() == 0);
    caf::anon_send(catalog(), actors::forgot_atom::value, uuid);
    eventually([this, &uuid] { return !anything_left(*this, uuid); });
  }
  CHECK(stop());
}

TEST_CASE_METHOD(live_system,
                 "a deletion that waits for readers takes no place",
                 "[actors][catalog]") {
  settings.databases.writers_max = 1;
  start(0);
  {
    const auto reader = listening_reader{system()};
    queue.add_reader(reader.address());
    const auto uuid = create("app");
    create("other");
    must("app", "CREATE TABLE t(x)");
    CHECK(ask(deletion()).succeeded());
    // The reader has not let go, and never will.
    must("other", "SELECT 1");
    CHECK(file_exists(uuid));
  }
  CHECK(stop());
}

TEST_CASE_METHOD(live_system, "a deletion that was cut off ends at the start",
                 "[actors][catalog]") {
  auto uuid = std::string{};
  {
    auto store = storage::catalogue::open(
        directory,
        actors::connection_options_of(settings, storage::access::writer),
        std::chrono::seconds{settings.idempotency.retention_s});
    REQUIRE(store);
    uuid
        = store
              ->create("app",
                       [](const std::string&) { return codec::result<void>{}; })
              .value()
              .uuid;
    REQUIRE(store->start_deletion(uuid));
  }
  spoil_file(uuid);
  start(1);
  CHECK(ask("app", "SELECT 1").failed_with("not_found"));
  eventually([this, &uuid] { return !anything_left(*this, uuid); });
}

} // namespace sluice::tests
