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
    CHECK(server.health("/status") == "\"ok\"");
  }
  const auto made
      = server.remote->request("sluice.databases.create", R"({"name":"new"})");
  CHECK(made.code() == "storage");
  CHECK(
      server.remote->request("sluice.databases.get", R"({"name":"new"})").code()
      == "not_found");
  disk.empty();
  server.must_write(50);
  server.remote->create_database("new");
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
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

TEST_CASE("on a full disk the server does not start, and says what to do") {
  const auto disk = mounted_disk();
  auto server = two_databases{data_on(disk)};
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
  auto server = two_databases{data_on(disk)};
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
