#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/streamed_reply.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

/// The bytes of a database.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr auto subject = "sluice.db.app.dump";

struct received_dump {
  std::string bytes;
  reply last;
  int parts = 0;
};

received_dump fetch_dump(const app_server& app) {
  auto result = received_dump{};
  request_stream(app.process.url(), subject, "", [&](const reply& message) {
    CHECK(message.header("Sluice-Sequence") == std::to_string(result.parts));
    ++result.parts;
    if (message.header("Sluice-Final") == "true")
      result.last = message;
    else
      result.bytes += message.body();
    return true;
  });
  return result;
}

/// A stored dump, as anybody's SQLite sees it.
class dumped_file {
public:
  explicit dumped_file(const std::string& bytes) {
    const auto path = (folder_.path() / "dump.sqlite").string();
    auto file = std::ofstream{path, std::ios::binary};
    file << bytes;
    file.close();
    sqlite3* raw = nullptr;
    const auto opened
        = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    db_.reset(raw);
    if (!file || opened != SQLITE_OK)
      throw std::runtime_error{"the dump cannot be opened"};
  }

  /// The first column of the first row.
  [[nodiscard]] std::string ask(const std::string& sql) const {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr)
        != SQLITE_OK)
      throw std::runtime_error{sqlite3_errmsg(db_.get())};
    const auto statement
        = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>{
            raw, &sqlite3_finalize};
    if (sqlite3_step(raw) != SQLITE_ROW)
      return "(no row)";
    const auto* text
        = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
    return text != nullptr ? text : "NULL";
  }

private:
  temporary_directory folder_;
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db_{nullptr,
                                                         &sqlite3_close};
};

} // namespace

TEST_CASE("the bytes of a dump are a database, sound and as of one commit, "
          "while a writer goes on") {
  auto app = app_server{};
  app.run("CREATE TABLE t(id INTEGER PRIMARY KEY, twin INTEGER, pad BLOB)");
  app.run("CREATE TABLE total(n INTEGER)");
  app.run("INSERT INTO total VALUES (0)");
  auto is_done = std::atomic<bool>{false};
  auto writer = std::jthread{[&app, &is_done] {
    auto other = client{app.process.url()};
    while (!is_done.load()) {
      static_cast<void>(other.query(
          "app",
          batch_body({"INSERT INTO t(twin, pad) VALUES (1, zeroblob(20000))",
                      "UPDATE total SET n = n + 1"})));
    }
  }};
  for (auto i = 0; i < 5; ++i) {
    const auto got = fetch_dump(app);
    REQUIRE(got.last.at("/success") == "true");
    CHECK(got.last.at("/file_size") == std::to_string(got.bytes.size()));
    CHECK_FALSE(got.last.header("Sluice-Bookmark").empty());
    const auto file = dumped_file{got.bytes};
    CHECK(file.ask("PRAGMA integrity_check") == "ok");
    // Both are written in one transaction.
    CHECK(file.ask("SELECT (SELECT count(*) FROM t) = n FROM total") == "1");
    CHECK(file.ask("SELECT count(*) FROM sqlite_schema WHERE name LIKE "
                   "'%sluice%'")
          == "0");
  }
  is_done.store(true);
  writer.join();
  const auto file = dumped_file{fetch_dump(app).bytes};
  CHECK("[{\"n\":" + file.ask("SELECT count(*) FROM t") + "}]"
        == app.results("SELECT count(*) AS n FROM t"));
  CHECK(fs::is_empty(fs::path{app.process.data()} / "temporary"));
}

TEST_CASE("a dump without the header for a stream is refused") {
  auto app = app_server{};
  CHECK(failure_of(app.remote.request(subject, ""))
        == "bad_request 400: a dump comes as a stream: it needs the header "
           "Sluice-Stream: true");
  CHECK(
      failure_of(app.remote.request(subject, "", {{"Sluice-Stream", "false"}}))
          .starts_with("bad_request 400: "));
  CHECK(failure_of(app.remote.request(subject, R"({"format":"sql"})",
                                      {{"Sluice-Stream", "true"}}))
        == "bad_request 400: unknown field 'format'; a dump has no fields");
  CHECK(failure_of(app.remote.request("sluice.db.missing.dump", "",
                                      {{"Sluice-Stream", "true"}}))
            .starts_with("not_found 404: "));
}

TEST_CASE("a dump ends soon after its requester is gone") {
  auto app = app_server{{"--stream-part-bytes", "1024"}};
  app.run("CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
          "SELECT i + 1 FROM c WHERE i < 60) SELECT zeroblob(1000000) AS x "
          "FROM c");
  auto messages = 0;
  request_stream(app.process.url(), subject, "",
                 [&messages](const reply&) { return ++messages < 3; });
  CHECK(messages == 3);
  wait_until("the server has no request left", seconds{15}, [&app] {
    return app.remote.request("sluice.stats", "").at("/requests_in_flight")
           == "0";
  });
  // It counts as one that failed.
  CHECK(app.remote.request("sluice.stats", "").at("/endpoints/db_dump/errors")
        == "1");
}

TEST_CASE("a dump that cannot be done in its time is an error") {
  auto app = app_server{};
  app.run("CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
          "SELECT i + 1 FROM c WHERE i < 60) SELECT zeroblob(1000000) AS x "
          "FROM c");
  const auto got = app.remote.request(
      subject, "", {{"Sluice-Stream", "true"}, {"Sluice-Timeout-Ms", "1"}});
  CHECK(got.code() == "timeout");
  CHECK(got.header("Sluice-Final") == "true");
}

TEST_CASE("what a killed server leaves of a dump is removed") {
  auto app = app_server{};
  app.process.kill();
  const auto folder = fs::path{app.process.data()} / "temporary";
  std::ofstream{folder / "dump-1.sqlite"} << "half of it";
  app.process.start();
  CHECK(fs::is_empty(folder));
}

} // namespace sluice::tests
