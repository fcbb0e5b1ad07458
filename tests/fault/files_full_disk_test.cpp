#include "tests/fault/small_disk.hpp"
#include "tests/fault/two_databases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/resource.h>

/// Disks that are full, and files that may not grow.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

constexpr auto disk_bytes = std::uint64_t{24} << 20;

small_disk mounted_disk() {
  auto disk = small_disk::mount(disk_bytes);
  if (!disk)
    SKIP("this user may not mount a file system; the limit of a file's size, "
         "below, must do");
  return std::move(*disk);
}

std::vector<std::string> data_on(const small_disk& disk) {
  return {"--data", (disk.path() / "data").string()};
}

/// Writes until the disk refuses. What it refuses is not there.
std::string write_until_refused(two_databases& server) {
  auto failure = std::string{};
  server.await("a write is refused", [&server, &failure] {
    failure = server.write(1);
    return !failure.empty();
  });
  return failure;
}

void await_ample(two_databases& server) {
  server.await("health says that there is room",
               [&server] { return server.health("/status") == "\"ok\""; });
}

/// A table that takes megabytes of a database.
void fill_table(two_databases& server, const std::string& database, int rows) {
  server.remote->run(database, "CREATE TABLE big (x)");
  for (auto i = 0; i < rows; ++i)
    server.remote->run(database, "INSERT INTO big VALUES (randomblob(400000))");
}

std::string failure_of(two_databases& server, const std::string& database,
                       const std::string& sql) {
  return server.remote->query(database, R"({"sql":")" + sql + R"("})").code();
}

/// What a file of a process may grow to.
void set_file_limit(pid_t process, rlim_t bytes) {
  auto limit = rlimit{};
  REQUIRE(::prlimit(process, RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = bytes;
  REQUIRE(::prlimit(process, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

} // namespace

TEST_CASE("on a full disk writes fail and reads go on, and once there is room "
          "writes are served as before") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  server.must_write(50);
  disk.fill();
  for (auto i = 0; i < 3; ++i) {
    const auto failure = write_until_refused(server);
    CHECK(failure.starts_with("storage: "));
    CHECK(server.read_failure() == "");
    CHECK(server.rows() == server.acknowledged());
    CHECK(server.health("/status") == "\"degraded\"");
    CHECK(server.health("/disk") != "\"ample\"");
  }
  const auto made
      = server.remote->request("sluice.databases.create", R"({"name":"new"})");
  CHECK(made.code() == "storage");
  CHECK(
      server.remote->request("sluice.databases.get", R"({"name":"new"})").code()
      == "not_found");
  disk.empty();
  server.write_until_served();
  server.must_write(50);
  server.remote->create_database("new");
  await_ample(server);
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
  CHECK(server.process.stop() == 0);
}

TEST_CASE("databases leave free what storage.free_bytes_min says, and one that "
          "has pages to spare goes on") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  fill_table(server, "app", 2);
  auto refused = reply{};
  server.await("the database may not grow", [&server, &refused] {
    refused = server.remote->query(
        "app", R"j({"sql":"INSERT INTO big VALUES (randomblob(400000))"})j");
    return !refused.code().empty();
  });
  CHECK(refused.code() == "storage");
  CHECK(refused.body().contains("storage.free_bytes_min"));
  CHECK(fs::space(disk.path()).available > disk_bytes / 64);
  // The load on the other database may take the last of the disk meanwhile.
  server.await("rows are deleted", [&server] {
    return failure_of(server, "app", "DELETE FROM big WHERE rowid <= 2") == "";
  });
  server.await("others are stored in their place", [&server] {
    return failure_of(server, "app",
                      "INSERT INTO big VALUES (randomblob(300000))")
           == "";
  });
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
  CHECK(server.process.stop() == 0);
}

TEST_CASE("on a disk that others have filled deletions go on from the reserve, "
          "and give it back") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  const auto reserve = disk.path() / "data" / "reserve";
  CHECK(fs::file_size(reserve) == disk_bytes / 16);
  server.remote->create_database("large");
  fill_table(server, "app", 2);
  fill_table(server, "large", 10);
  server.must_write(50);
  disk.fill();
  server.await("the reserve is given up",
               [&reserve] { return fs::file_size(reserve) == 0; });
  CHECK(server.health("/disk") != "\"ample\"");
  CHECK(server.health("/status") == "\"degraded\"");
  CHECK(failure_of(server, "app", "INSERT INTO big VALUES (randomblob(400000))")
        == "storage");
  CHECK(failure_of(server, "app", "DELETE FROM big WHERE rowid = 1") == "");
  CHECK(failure_of(server, "app", "DROP TABLE big") == "");
  const auto deleted = server.remote->request("sluice.databases.delete",
                                              R"({"name":"large"})");
  CHECK(deleted.code() == "");
  server.await("the reserve is there again", [&reserve] {
    return fs::file_size(reserve) == disk_bytes / 16;
  });
  await_ample(server);
  server.write_until_served();
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
  CHECK(server.process.stop() == 0);
}

TEST_CASE("on a full disk a table that is larger than the reserve is dropped") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  fill_table(server, "app", 10);
  server.must_write(50);
  disk.fill();
  server.await("the disk is found full",
               [&server] { return server.health("/disk") != "\"ample\""; });
  CHECK(failure_of(server, "app", "DROP TABLE big") == "");
  disk.empty();
  await_ample(server);
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  CHECK(server.process.stop() == 0);
}

TEST_CASE("on a full disk the server starts by its reserve, and deletes") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  server.remote->create_database("large");
  fill_table(server, "large", 10);
  server.must_write(50);
  server.stop();
  disk.fill();
  server.process.start();
  CHECK(server.rows() == server.acknowledged());
  CHECK(server.health("/status") == "\"degraded\"");
  CHECK(server.remote->request("sluice.databases.delete", R"({"name":"large"})")
            .code()
        == "");
  await_ample(server);
  server.write_until_served();
  CHECK(server.process.stop() == 0);
}

TEST_CASE(
    "where there is no room for its copy a dump fails, and nothing else") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
  server.must_write(50);
  // The disk has less than what a dump leaves of it.
  const auto got = server.remote->request("sluice.db.app.dump", "",
                                          {{"Sluice-Stream", "true"}});
  CHECK(got.code() == "storage");
  CHECK(got.body().contains("there is no room on the disk for the copy"));
  CHECK(got.header("Sluice-Final") == "true");
  CHECK(fs::is_empty(disk.path() / "data" / "temporary"));
  server.must_write(50);
  CHECK(server.rows() == server.acknowledged());
  CHECK(server.health("/status") == "\"ok\"");
  server.check_other();
  CHECK(server.process.stop() == 0);
}

TEST_CASE("on a full disk without a reserve the server does not start, and "
          "says what to do") {
  const auto disk = mounted_disk();
  auto options = data_on(disk);
  options.insert(options.end(), {"--storage-reserve-bytes", "0"});
  auto server = two_databases{options};
  server.must_write(50);
  server.stop();
  disk.fill();
  server.process.launch();
  CHECK(server.process.wait() == 1);
  CHECK(server.process.out().empty());
  CHECK(server.process.log().contains("cannot start: "));
  CHECK(server.process.log().contains("make room"));
  disk.empty();
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that is removed to make room on a full disk is saved once "
          "there is room") {
  const auto disk = mounted_disk();
  // With it there would be room at once.
  auto options = data_on(disk);
  options.insert(options.end(), {"--storage-reserve-bytes", "0"});
  auto server = two_databases{options};
  server.must_write(1'000);
  disk.fill();
  write_until_refused(server);
  fs::remove(server.file());
  CHECK(server.write(1).starts_with("storage: "));
  server.await_quarantine("cannot be copied");
  CHECK(server.health("/quarantined/0/cause").contains("make room"));
  CHECK(server.write(1).contains("make room"));
  CHECK_FALSE(fs::exists(server.file(".rescued.sqlite")));
  disk.empty();
  server.await_quarantine("was copied to databases/");
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that may not grow fails the writes that would make it, and "
          "none is lost") {
  auto server = two_databases{};
  server.must_write(50);
  // Far below what the other database will have written.
  set_file_limit(server.process.id(), 1u << 20);
  for (auto i = 0; i < 3; ++i) {
    CHECK(write_until_refused(server).starts_with("storage: "));
    CHECK(server.read_failure() == "");
    CHECK(server.rows() == server.acknowledged());
    CHECK(server.health("/status") == "\"ok\"");
  }
  set_file_limit(server.process.id(), RLIM_INFINITY);
  server.must_write(50);
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
  server.process.kill();
  server.process.start();
  CHECK(server.rows() == server.acknowledged());
}

} // namespace sluice::tests
