#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/streamed_reply.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

/// Results larger than one message.
namespace sluice::tests {

namespace {

using std::chrono::seconds;

constexpr auto stream_subject = "sluice.db.app.query";

/// Rows 1 to `count`, each with a text of 1,000 bytes.
std::string wide_rows(int count) {
  return "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE "
         "i < "
         + std::to_string(count)
         + ") SELECT i, replace(hex(zeroblob(500)), '0', 'x') AS text FROM c";
}

/// Each of them ends with a text.
int rows_in(const std::string& part) {
  auto result = 1;
  for (auto at = part.find("\"],["); at != std::string::npos;
       at = part.find("\"],[", at + 1))
    ++result;
  return result;
}

std::string requests_in_flight(client& remote) {
  return remote.request("sluice.stats", "").at("/requests_in_flight");
}

} // namespace

TEST_CASE("a result far larger than a message comes as a stream, whole and in "
          "order") {
  auto app = app_server{};
  constexpr auto rows = 20'000;
  CHECK(app.failure(wide_rows(rows)).starts_with("too_large 413: "));
  auto next_row = 1;
  auto next_sequence = 0;
  auto last = reply{};
  request_stream(app.process.url(), stream_subject, query_body(wide_rows(rows)),
                 [&](const reply& message) {
                   CHECK(message.header("Sluice-Sequence")
                         == std::to_string(next_sequence++));
                   last = message;
                   if (message.header("Sluice-Final") == "true")
                     return true;
                   CHECK(message.at("/columns") == R"(["i","text"])");
                   CHECK(message.at("/rows/0/0") == std::to_string(next_row));
                   next_row += rows_in(message.body());
                   return true;
                 });
  CHECK(next_row == rows + 1);
  CHECK(last.header("Sluice-Final") == "true");
  CHECK(last.at("/success") == "true");
  CHECK(last.at("/results") == "(none)");
  CHECK(last.at("/meta/rows_read") != "(none)");
  CHECK_FALSE(last.header("Sluice-Bookmark").empty());
  CHECK(next_sequence > 20);
}

TEST_CASE("a stream ends soon after its requester is gone") {
  auto app = app_server{};
  auto messages = 0;
  request_stream(app.process.url(), stream_subject,
                 query_body("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT "
                            "i + 1 FROM c) SELECT i FROM c"),
                 [&messages](const reply&) { return ++messages < 3; });
  CHECK(messages == 3);
  // Its deadline is 30 s away.
  wait_until("the server has no request left", seconds{15},
             [&app] { return requests_in_flight(app.remote) == "0"; });
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
}

TEST_CASE("a streamed batch tells which rows are whose") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto got = gather_stream(
      app.process.url(), stream_subject,
      batch_body({"INSERT INTO t VALUES (1), (2) RETURNING x",
                  "DELETE FROM t WHERE x = 1", "SELECT x AS y FROM t"}));
  REQUIRE(got.size() == 3);
  CHECK(got[0].body() == R"({"columns":["x"],"rows":[[1],[2]]})");
  CHECK(got[0].header("Sluice-Statement") == "0");
  CHECK(got[1].body() == R"({"columns":["y"],"rows":[[2]]})");
  CHECK(got[1].header("Sluice-Statement") == "2");
  CHECK(got[2].at("/0/meta/changes") == "2");
  CHECK(got[2].at("/1/meta/changes") == "1");
  CHECK(got[2].at("/2/success") == "true");
}

TEST_CASE("an error is the only message of a stream that cannot begin") {
  auto app = app_server{};
  const auto got = gather_stream(app.process.url(), stream_subject,
                                 query_body("SELECT missing"));
  REQUIRE(got.size() == 1);
  CHECK(failure_of(got[0]).starts_with("sql_error 400: no such column"));
  CHECK(got[0].header("Sluice-Final") == "true");
}

TEST_CASE("a wish for a stream that cannot be read is refused") {
  auto app = app_server{};
  CHECK(failure_of(
            app.query(query_body("SELECT 1"), {{"Sluice-Stream", "maybe"}}))
        == "bad_request 400: the header Sluice-Stream must be true or false");
}

} // namespace sluice::tests
