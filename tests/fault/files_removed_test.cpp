#include "tests/fault/two_databases.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

/// Files that are taken away under a running server.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

} // namespace

TEST_CASE("a file that is removed under the server costs no acknowledged "
          "write") {
  auto server = two_databases{};
  server.must_write(200);
  fs::remove(server.file());
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("was removed"));
  server.await_quarantine("was copied to databases/");
  CHECK(server.health("/quarantined/0/cause").contains(".rescued.sqlite"));
  const auto refusal = server.write(1);
  CHECK(refusal.contains("database 'app' is quarantined since 20"));
  CHECK(refusal.contains("put databases/"));
  // What was refused is not in the copy.
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  // No other file has taken its place.
  CHECK_FALSE(fs::exists(server.file()));
  fs::rename(server.file(".rescued.sqlite"), server.file());
  server.write_until_served();
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  server.await_health();
  server.check_other();
}

TEST_CASE("a file that is removed while nobody writes is saved soon after, and "
          "reads go on") {
  auto server = two_databases{{"--databases-idle-close-s", "2"}};
  server.must_write(50);
  CHECK(server.read_failure() == "");
  fs::remove(server.file());
  server.await_quarantine("was copied to databases/");
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that is removed before the server ends is saved at the end") {
  auto server = two_databases{{"--databases-quarantine-retry-s", "3600"}};
  server.must_write(50);
  fs::remove(server.file());
  server.stop();
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  server.start();
  CHECK(server.write(1).contains("is missing"));
  server.check_other();
}

TEST_CASE("a file that was removed while the server was down is missed, not "
          "replaced by an empty one") {
  auto server = two_databases{};
  server.must_write(50);
  server.stop();
  const auto away = server.databases_folder().parent_path() / "away";
  fs::rename(server.file(), away);
  server.start();
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("is missing"));
  server.await_quarantine("is missing");
  CHECK(server.health("/quarantined/0/readable") == "false");
  CHECK(server.read_failure().starts_with("storage: "));
  CHECK_FALSE(fs::exists(server.file()));
  fs::rename(away, server.file());
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a lost database can be deleted, with its copy, and created again") {
  auto server = two_databases{};
  server.must_write(5);
  fs::remove(server.file());
  CHECK(server.write(1).starts_with("storage: "));
  server.await_quarantine("was copied to databases/");
  CHECK(server.remote->request("sluice.databases.delete", R"({"name":"app"})")
            .code()
            .empty());
  CHECK(server.health("/status") == "\"ok\"");
  CHECK(server.write(1).starts_with("not_found: "));
  server.await("its files are gone", [&server] {
    for (const auto* suffix : {".sqlite", ".sqlite-wal", ".sqlite-shm",
                               ".rescued.sqlite", ".rescued.sqlite.former-wal"})
      if (fs::exists(server.file(suffix)))
        return false;
    return true;
  });
  server.remote->create_database("app");
  server.remote->run("app", "CREATE TABLE load (id INTEGER PRIMARY KEY, text)");
  server.must_write(5);
  server.check_other();
}

TEST_CASE("a file that is replaced by another one is saved, and the other one "
          "is not taken for it") {
  auto server = two_databases{};
  server.must_write(50);
  // A backup, made the way that the manual says.
  const auto backup = server.databases_folder().parent_path() / "backup";
  server.remote->run("app", "SELECT 1");
  fs::copy(server.file(), backup);
  server.must_write(50);
  fs::rename(backup, server.file());
  CHECK(server.write(1).contains("was replaced by another one"));
  server.await_quarantine("was copied to databases/");
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  // What was put there has less than was acknowledged.
  server.await("it was tried", [&server] {
    const auto cause = server.health("/quarantined/0/cause");
    return cause.contains("is older than what was acknowledged")
           || cause.contains("_cf_METADATA") || cause.contains("SQLITE_");
  });
  CHECK(server.write(1).starts_with("storage: "));
  fs::rename(server.file(".rescued.sqlite"), server.file());
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that is moved away and back is served again") {
  auto server = two_databases{};
  server.must_write(50);
  const auto away = server.databases_folder().parent_path() / "away";
  fs::rename(server.file(), away);
  CHECK(server.write(1).contains("was removed"));
  server.await_quarantine("was copied to databases/");
  // Its WAL is not beside it any more; the copy has all of it.
  fs::rename(away, server.file());
  fs::rename(server.file(".rescued.sqlite.former-wal"),
             server.file(".sqlite-wal"));
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a -wal that is removed under the server costs no acknowledged "
          "write, and the database is served again by itself") {
  auto server = two_databases{};
  server.must_write(200);
  REQUIRE(server.read_failure() == "");
  REQUIRE(fs::file_size(server.file(".sqlite-wal")) > 0);
  fs::remove(server.file(".sqlite-wal"));
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("-wal was removed"));
  server.write_until_served();
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  server.await_health();
  server.check_other();
  // Also for one that finds them on the disk.
  server.process.kill();
  CHECK(two_databases::rows_in(server.file()) == server.acknowledged());
}

TEST_CASE("a folder of databases that is removed under the server costs no "
          "acknowledged write") {
  auto server = two_databases{};
  server.must_write(50);
  fs::remove_all(server.databases_folder());
  CHECK(server.write(1).contains("was removed"));
  server.await("both are saved", [&server] {
    return server.health("/databases_quarantined") == "2"
           && server.health("/quarantined/0/cause").contains(".rescued")
           && server.health("/quarantined/1/cause").contains(".rescued");
  });
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  server.drop_other();
  CHECK(server.process.stop() == 0);
}

} // namespace sluice::tests
