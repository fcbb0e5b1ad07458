#include "tests/fault/two_databases.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

/// Write-ahead logs that a crash left, and what may have happened to them.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

} // namespace

TEST_CASE("garbage in the -shm that a crash left does no harm") {
  auto server = two_databases{};
  server.must_write(100);
  server.kill();
  REQUIRE(fs::file_size(server.file(".sqlite-wal")) > 0);
  overwrite(server.file(".sqlite-shm"), 0, 65'536);
  server.start();
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  CHECK(server.health("/status") == "\"ok\"");
  server.check_other();
}

TEST_CASE("of a -wal that was cut off after a crash its first commits are "
          "there, and no others") {
  auto server = two_databases{};
  server.must_write(100);
  server.kill();
  const auto wal = server.file(".sqlite-wal");
  const auto bytes = fs::file_size(wal);
  const auto part = GENERATE(1, 2, 3);
  CAPTURE(part);
  fs::resize_file(wal, bytes * static_cast<unsigned>(part) / 4 + 1'000);
  server.start();
  const auto there = server.rows();
  // One by one they were acknowledged, so it is the first ones.
  CHECK(there.size() < server.acknowledged().size());
  CHECK(there.size() > 10);
  CHECK(*there.rbegin() == static_cast<std::int64_t>(there.size()));
  server.must_write(10);
  CHECK(server.rows().size() == there.size() + 10);
  CHECK(server.health("/status") == "\"ok\"");
  server.check_other();
}

TEST_CASE("a torn commit at the end of a -wal is none") {
  auto server = two_databases{};
  server.must_write(100);
  server.kill();
  // Half a frame, as a power loss leaves it: nothing that was acknowledged.
  const auto wal = server.file(".sqlite-wal");
  const auto bytes = fs::file_size(wal);
  fs::resize_file(wal, bytes + 2'000);
  overwrite(wal, bytes, 2'000);
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.must_write(10);
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("another database's -wal beside a file is found out, and does not "
          "reach the file") {
  auto server = two_databases{};
  server.must_write(100);
  server.remote->create_database("third");
  server.remote->run("third", "CREATE TABLE load (id INTEGER PRIMARY KEY, "
                              "text); INSERT INTO load VALUES (-1, 'x')");
  const auto text
      = server.remote->request("sluice.databases.get", R"({"name":"third"})")
            .at("/database/uuid");
  const auto third = server.databases_folder()
                     / (text.substr(1, text.size() - 2) + ".sqlite-wal");
  server.stop();
  // Of a crash, for in order it would be gone.
  server.start();
  server.remote->run("third", "INSERT INTO load VALUES (-2, 'x')");
  server.kill();
  REQUIRE(fs::file_size(third) > 0);
  REQUIRE_FALSE(fs::exists(server.file(".sqlite-wal")));
  const auto whole = read_text_file(server.file());
  fs::copy_file(third, server.file(".sqlite-wal"));
  server.start();
  // By the uuid, or before that by what does not fit together.
  CHECK(server.write(1).starts_with("storage: "));
  server.await_quarantine("put databases/");
  CHECK(server.read_failure().starts_with("storage: "));
  CHECK(read_text_file(server.file()) == whole);
  CHECK(fs::exists(server.file(".sqlite-wal")));
  fs::remove(server.file(".sqlite-wal"));
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a -wal that is cut off under the server is noticed, and a file "
          "without its commits is not taken for the database") {
  auto server = two_databases{};
  server.must_write(100);
  fs::resize_file(server.file(".sqlite-wal"), 20'000);
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("-wal was cut off"));
  server.await_quarantine("was copied to databases/");
  // The writer had all of it in memory.
  CHECK(two_databases::rows_in(server.file(".rescued.sqlite"))
        == server.acknowledged());
  server.await("it is tried", [&server] {
    return server.health("/quarantined/0/cause").contains("is older than");
  });
  CHECK(server.write(1).starts_with("storage: "));
  fs::rename(server.file(".rescued.sqlite"), server.file());
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that is repaired by putting another one in its place is not "
          "mixed with the former one's -wal") {
  auto server = two_databases{};
  server.must_write(2'000);
  server.stop();
  const auto backup = server.databases_folder().parent_path() / "backup";
  fs::copy(server.file(), backup);
  server.start();
  server.must_write(20);
  overwrite(server.file(), 40'960, 20'480);
  CHECK(server.read_failure().contains("SQLITE_CORRUPT"));
  server.await_quarantine("SQLITE_CORRUPT");
  fs::rename(backup, server.file());
  server.await("it is tried", [&server] {
    return server.health("/quarantined/0/cause").contains("put it aside");
  });
  CHECK(server.write(1).starts_with("storage: "));
  fs::rename(server.file(".sqlite-wal"), server.file(".aside"));
  server.await("it is tried", [&server] {
    return server.health("/quarantined/0/cause").contains("is older than");
  });
  // Whoever wants the older one says so by starting anew.
  server.stop();
  server.start();
  CHECK(server.rows().size() == 2'000);
  server.must_write(1);
  server.check_other();
}

} // namespace sluice::tests
