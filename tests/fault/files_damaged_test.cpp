#include "tests/fault/two_databases.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

/// Files that are cut off or overwritten.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

/// Everything that is acknowledged is in the file, and the WAL is empty.
void write_all_to_file(two_databases& server, int rows) {
  server.must_write(rows);
  server.stop();
  CHECK_FALSE(fs::exists(server.file(".sqlite-wal")));
  server.start();
}

} // namespace

TEST_CASE("a file that is cut off under the server is not written to any more, "
          "and the server lives") {
  auto server = two_databases{};
  write_all_to_file(server, 500);
  // Readers have it open, and so has the writer; they would map it, if they
  // were told to, and the process would not outlive what follows.
  server.must_write(1);
  for (auto i = 0; i < 5; ++i)
    REQUIRE(server.read_failure() == "");
  const auto whole = read_text_file(server.file());
  const auto left = GENERATE(0, 4'096, 20'000);
  CAPTURE(left);
  fs::resize_file(server.file(), static_cast<std::uintmax_t>(left));
  // From its cache or not at all, but it answers.
  for (auto i = 0; i < 50; ++i) {
    const auto read = server.read_failure();
    CHECK((read.empty() || read.starts_with("storage: ")));
  }
  CHECK(server.write(1).starts_with("storage: "));
  server.await_quarantine("put databases/");
  CHECK(server.write(1).contains("is quarantined since"));
  CHECK(fs::file_size(server.file()) == static_cast<std::uintmax_t>(left));
  // It has what the file had, and the WAL the rest.
  overwrite_with(server.file(), whole);
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.await_health();
  server.check_other();
}

TEST_CASE("a file that is overwritten with noise under the server keeps its "
          "last writes in its -wal") {
  auto server = two_databases{};
  write_all_to_file(server, 500);
  const auto whole = read_text_file(server.file());
  // These are in the WAL.
  server.must_write(20);
  overwrite(server.file(), 0, whole.size());
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("was overwritten"));
  server.await_quarantine("was overwritten");
  overwrite_with(server.file(), whole);
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("noise in the middle of a file is found by who reads it, and stops "
          "the writing") {
  auto server = two_databases{};
  write_all_to_file(server, 2'000);
  const auto whole = read_text_file(server.file());
  REQUIRE(whole.size() > 100'000);
  overwrite(server.file(), 40'960, 20'480);
  // The writer may have nothing to do with that part; a reader has.
  const auto failure = server.read_failure();
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("SQLITE_CORRUPT"));
  server.await_quarantine("SQLITE_CORRUPT");
  CHECK(server.write(1).contains("is quarantined since"));
  // What is not damaged can be read.
  CHECK(server.health("/quarantined/0/readable") == "true");
  CHECK(server.remote->run("app", "SELECT id FROM load WHERE id = 1")
            .at("/results/0/id")
        == "1");
  overwrite_with(server.file(), whole);
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("noise that the writer meets fails its group and stops the "
          "writing") {
  auto server = two_databases{};
  write_all_to_file(server, 2'000);
  overwrite(server.file(), 40'960, 40'960);
  const auto got = server.remote->query(
      "app", R"({"sql":"UPDATE load SET text = text || 'y'"})");
  CHECK(got.code() == "storage");
  server.await_quarantine("SQLITE_CORRUPT");
  server.check_other();
}

TEST_CASE("a file that is noise at the start is refused, and the server "
          "serves the others") {
  auto server = two_databases{};
  server.must_write(50);
  server.stop();
  const auto whole = read_text_file(server.file());
  overwrite(server.file(), 0, whole.size());
  const auto noise = read_text_file(server.file());
  server.start();
  const auto failure = server.write(1);
  CHECK(failure.starts_with("storage: "));
  CHECK(failure.contains("SQLITE_NOTADB"));
  server.await_quarantine("SQLITE_NOTADB");
  CHECK(server.health("/quarantined/0/readable") == "false");
  CHECK(server.read_failure().starts_with("storage: "));
  // It may be somebody's only copy of something.
  CHECK(read_text_file(server.file()) == noise);
  overwrite_with(server.file(), whole);
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("an empty file in a database's place is not taken for it") {
  auto server = two_databases{};
  server.must_write(50);
  server.stop();
  overwrite_with(server.file(), "");
  server.start();
  CHECK(server.write(1).contains("is empty"));
  server.await_quarantine("is empty");
  CHECK(server.health("/quarantined/0/readable") == "false");
  CHECK(server.read_failure().starts_with("storage: "));
  CHECK(fs::file_size(server.file()) == 0);
  server.check_other();
}

TEST_CASE("another database's file in a database's place is neither written "
          "nor read") {
  auto server = two_databases{};
  server.must_write(5);
  server.remote->create_database("third");
  server.remote->run("third", "CREATE TABLE load (id INTEGER PRIMARY KEY, "
                              "text); INSERT INTO load VALUES (1, 'secret')");
  const auto uuid
      = server.remote->request("sluice.databases.get", R"({"name":"third"})")
            .at("/database/uuid");
  server.stop();
  fs::copy_file(server.databases_folder()
                    / (uuid.substr(1, uuid.size() - 2) + ".sqlite"),
                server.file(), fs::copy_options::overwrite_existing);
  server.start();
  CHECK(server.read_failure().contains("belongs to database"));
  CHECK(server.write(1).contains("belongs to database"));
  CHECK(server.read_failure().contains("belongs to database"));
  server.check_other();
}

} // namespace sluice::tests
