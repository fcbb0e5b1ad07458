#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/streamed_reply.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <array>
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

/// Gets a stream, and answers the first so many parts of it.
class answering_listener : public messaging::message_handler {
public:
  answering_listener(messaging::connection& connection, int answers_max)
      : connection_{connection}, answers_max_{answers_max} {}

  void on_message(const messaging::inbound_message& message) noexcept override {
    if (!message.header("Sluice-Final").empty()) {
      has_failed.store(!message.header("Nats-Service-Error").empty());
      has_ended.store(true);
      return;
    }
    if (++parts > answers_max_)
      return;
    const auto subject_of_answer = std::string{message.reply_to()};
    if (connection_.publish(subject_of_answer.c_str(), "", {}))
      connection_.flush();
  }

  std::atomic<int> parts = 0;
  std::atomic<bool> has_ended = false;
  std::atomic<bool> has_failed = false;

private:
  messaging::connection& connection_;
  int answers_max_;
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
                   "'%\\_cf\\_%' ESCAPE '\\'")
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

TEST_CASE("a stream with a window waits for the answers to its parts") {
  auto app = app_server{{"--stream-part-bytes", "1024"}};
  app.run("CREATE TABLE t AS SELECT zeroblob(1000000) AS x");
  auto connection = must(
      messaging::connection::connect({}, app.process.url(), "test", nullptr));
  // All of it, if every part is answered; then the first one only.
  for (const auto answers_max : {100'000, 1}) {
    CAPTURE(answers_max);
    const auto inbox = must(connection->make_inbox());
    auto listener = answering_listener{*connection, answers_max};
    const auto subscribed = must(connection->subscribe(inbox, "", listener));
    const auto headers = std::array<messaging::header, 3>{
        {{"Sluice-Stream", "true"},
         {"Sluice-Window", "3"},
         {"Sluice-Timeout-Ms", answers_max == 1 ? "1000" : "30000"}}};
    must(connection->publish(subject, "", headers, inbox.c_str()));
    connection->flush();
    wait_until("the stream has ended", seconds{40},
               [&listener] { return listener.has_ended.load(); });
    if (answers_max == 1)
      // One is answered, three may be under way.
      CHECK(listener.parts == 4);
    else
      CHECK(listener.parts > 900);
    CHECK(listener.has_failed == (answers_max == 1));
  }
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
