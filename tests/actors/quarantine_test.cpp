#include "storage/sqlite_library.hpp"
#include "tests/actors/live_system.hpp"
#include "tests/actors/sql_texts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>

/// Databases whose files are broken or gone, and the catalog.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

using actors::job_route;

struct quarantine_system : live_system {
  quarantine_system() {
    settings.databases.quarantine_retry_s = 1;
    settings.databases.idle_close_s = 0;
  }

  /// A database with a table in its file, and nothing of it open.
  std::string make_closed(const std::string& name) {
    const auto uuid = create(name);
    must(name, "CREATE TABLE t(x)");
    must(name, "INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
               "SELECT i + 1 FROM c LIMIT 1000) SELECT hex(zeroblob(50)) FROM "
               "c");
    eventually([this, &uuid] { return open_files(uuid) == 0; });
    whole = content(uuid);
    return uuid;
  }
  [[nodiscard]] std::string content(const std::string& uuid) const {
    auto in = std::ifstream{directory.database_path(uuid), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void put(const std::string& uuid, const std::string& bytes) const {
    auto out = std::ofstream{directory.database_path(uuid), std::ios::binary};
    out << bytes;
    REQUIRE(out.flush());
  }
  /// Noise where the table's rows are, behind the schema and the state.
  void damage_rows(const std::string& uuid) const {
    auto bytes = whole;
    std::fill(bytes.begin() + 12'288, bytes.end(), '?');
    put(uuid, bytes);
  }
  [[nodiscard]] std::size_t count() const {
    return databases.quarantined(20).count;
  }
  [[nodiscard]] std::string cause() const {
    const auto report = databases.quarantined(20);
    return report.first.empty() ? "" : report.first.front().second.cause;
  }

  std::string whole;
};

} // namespace

TEST_CASE_METHOD(quarantine_system,
                 "a quarantined database refuses writes at once, reads what "
                 "can be read, and is served again once it is repaired",
                 "[actors][catalog][quarantine]") {
  start(2);
  const auto uuid = make_closed("app");
  damage_rows(uuid);
  CHECK(
      ask("app", "SELECT count(x) FROM t WHERE x > ''").failed_with("storage"));
  eventually([this] { return count() == 1; });
  const auto report = databases.quarantined(20);
  CHECK(report.first.front().first == "app");
  CHECK(report.first.front().second.uuid == uuid);
  CHECK(report.first.front().second.is_readable);
  CHECK(cause().contains("SQLITE_CORRUPT"));
  const auto refused = ask("app", "INSERT INTO t VALUES (1)");
  CHECK(refused.failed_with("storage"));
  CHECK(refused.body.contains("is quarantined since 20"));
  CHECK(refused.body.contains(uuid + ".sqlite"));
  CHECK(ask("app", "SELECT name FROM sqlite_schema", job_route::reader)
            .succeeded());
  CHECK(ask("app", "SELECT count(x) FROM t WHERE x > ''", job_route::reader)
            .failed_with("storage"));
  // A read that turns out to write.
  CHECK(ask("app", "WITH n AS (SELECT 1) INSERT INTO t SELECT * FROM n",
            job_route::reader)
            .body.contains("is quarantined since"));
  CHECK(ask(services::get_database{.name = "app", .uuid = ""})
            .body.contains("\"quarantined\":true"));
  CHECK(databases.size() == 0);
  put(uuid, whole);
  eventually([this] { return count() == 0; });
  must("app", "INSERT INTO t VALUES (1)");
  CHECK(ask("app", "SELECT count(*) AS n FROM t", job_route::reader)
            .body.contains("\"n\":1001"));
}

TEST_CASE_METHOD(quarantine_system,
                 "what was damaged and is not repaired stays quarantined",
                 "[actors][catalog][quarantine]") {
  start(1);
  const auto uuid = make_closed("app");
  damage_rows(uuid);
  CHECK(
      ask("app", "SELECT count(x) FROM t WHERE x > ''").failed_with("storage"));
  eventually([this] { return count() == 1; });
  const auto since = databases.quarantined(1).first.front().second.since;
  // The first attempt finds by itself what a statement found before.
  eventually([this] { return !cause().starts_with("database disk image"); });
  CHECK(cause().contains("SQLITE_CORRUPT"));
  CHECK(databases.quarantined(1).first.front().second.since == since);
  CHECK(ask("app", "INSERT INTO t VALUES (1)").failed_with("storage"));
}

TEST_CASE_METHOD(quarantine_system,
                 "a quarantined database can be deleted, and its name used "
                 "again",
                 "[actors][catalog][quarantine]") {
  start(2);
  const auto uuid = make_closed("app");
  put(uuid, std::string(8'192, '?'));
  CHECK(ask("app", "INSERT INTO t VALUES (1)").failed_with("storage"));
  eventually([this] { return count() == 1; });
  CHECK(ask(services::delete_database{"app"}).succeeded());
  CHECK(count() == 0);
  CHECK(ask("app", "SELECT 1").failed_with("not_found"));
  eventually([this, &uuid] { return !file_exists(uuid); });
  create("app");
  must("app", "CREATE TABLE t(x)");
  CHECK(stop());
}

TEST_CASE_METHOD(quarantine_system,
                 "quarantined databases take no places, and others no harm",
                 "[actors][catalog][quarantine]") {
  settings.databases.writers_max = 1;
  start(1);
  const auto uuid = make_closed("app");
  create("other");
  must("other", "CREATE TABLE t(x)");
  put(uuid, std::string(8'192, '?'));
  for (auto i = 0; i < 20; ++i) {
    const auto refused = ask("app", "SELECT 1");
    CAPTURE(i, refused.body);
    CHECK(refused.failed_with("storage"));
    must("other", "INSERT INTO t VALUES (1)");
  }
  CHECK(count() == 1);
  // For a trial it waits until there is a place.
  put(uuid, whole);
  CHECK(ask(services::delete_database{"other"}).succeeded());
  eventually([this] { return count() == 0; });
  must("app", "INSERT INTO t VALUES (1)");
}

TEST_CASE("a server stops while databases are quarantined and tried",
          "[actors][catalog][quarantine]") {
  for (auto i = 0; i < 10; ++i) {
    CAPTURE(i);
    auto server = quarantine_system{};
    server.settings.databases.quarantine_retry_s = 0;
    server.start(2);
    const auto uuid = server.make_closed("app");
    server.damage_rows(uuid);
    CHECK(server.ask("app", "SELECT count(x) FROM t WHERE x > ''")
              .failed_with("storage"));
    auto subjects = std::vector<std::string>{};
    for (auto j = 0; j < 20; ++j) {
      subjects.push_back(
          server.start_query("SELECT 1", {.route = job_route::reader}));
      subjects.push_back(server.start_query("INSERT INTO t VALUES (1)", {}));
      if (j == 10)
        server.put(uuid, server.whole);
    }
    CHECK(server.stop());
    for (const auto& subject : subjects)
      CHECK(server.sink.count(subject) == 1);
    CHECK(server.open_files() == 0);
  }
}

TEST_CASE_METHOD(quarantine_system,
                 "a deletion that comes while a database is tried ends in its "
                 "deletion",
                 "[actors][catalog][quarantine]") {
  settings.databases.quarantine_retry_s = 0;
  start(2);
  for (auto i = 0; i < 20; ++i) {
    CAPTURE(i);
    const auto uuid = make_closed("app");
    put(uuid, std::string(8'192, '?'));
    CHECK(ask("app", "INSERT INTO t VALUES (1)").failed_with("storage"));
    put(uuid, whole);
    CHECK(ask(services::delete_database{"app"}).succeeded());
    eventually([this, &uuid] { return !file_exists(uuid); });
    CHECK(count() == 0);
  }
  CHECK(stop());
}

TEST_CASE_METHOD(quarantine_system,
                 "a database of version 0.1.0 gets its file when it is used, "
                 "and is missed from then on",
                 "[actors][catalog][quarantine]") {
  constexpr auto uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
  {
    REQUIRE(storage::set_up_library());
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(directory.catalogue_path().c_str(), &db) == SQLITE_OK);
    const auto sql = std::string{
        "PRAGMA journal_mode = WAL; CREATE TABLE databases(uuid TEXT PRIMARY "
        "KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, deleted INTEGER "
        "NOT NULL DEFAULT 0); INSERT INTO databases(uuid, name, created_at) "
        "VALUES ('0f8fad5b-d9cb-469f-a165-70867728950e', 'app', "
        "'2026-11-24T20:02:57Z')"};
    REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr)
            == SQLITE_OK);
    sqlite3_close(db);
  }
  start(1);
  CHECK(ask(services::get_database{.name = "app", .uuid = ""}).succeeded());
  CHECK_FALSE(file_exists(uuid));
  must("app", "CREATE TABLE t(x)");
  CHECK(file_exists(uuid));
  CHECK(stop());
  fs::remove(directory.database_path(uuid));
  start(1);
  CHECK(ask("app", "SELECT 1").failed_with("storage"));
  CHECK_FALSE(file_exists(uuid));
}

} // namespace sluice::tests
