#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// The header `Sluice-Bookmark`.
namespace sluice::tests {

TEST_CASE("bookmarks grow with writes and stay with reads") {
  auto app = app_server{};
  auto last = app.run("CREATE TABLE t(x)").header("Sluice-Bookmark");
  REQUIRE(!last.empty());
  for (auto i = 0; i < 20; ++i) {
    const auto next
        = app.run("INSERT INTO t VALUES (1)").header("Sluice-Bookmark");
    REQUIRE(next > last);
    last = next;
    REQUIRE(app.run("SELECT * FROM t").header("Sluice-Bookmark") == last);
  }
}

TEST_CASE("bookmarks go on growing after a restart") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto before
      = app.run("INSERT INTO t VALUES (1)").header("Sluice-Bookmark");
  REQUIRE(app.process.stop() == 0);
  app.process.start();
  auto again = client{app.process.url()};
  const auto body = query_body("SELECT count(*) AS n FROM t");
  const auto read = again.query("app", body, {{"Sluice-Bookmark", before}});
  CHECK(read.at("/results") == R"([{"n":1}])");
  CHECK(again.run("app", "INSERT INTO t VALUES (2)").header("Sluice-Bookmark")
        > before);
}

TEST_CASE("a read with the bookmark of a write sees the write") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  auto other = client{app.process.url()};
  for (auto i = 1; i <= 100; ++i) {
    const auto mark
        = app.run("INSERT INTO t VALUES (1)").header("Sluice-Bookmark");
    const auto read
        = other.query("app", query_body("SELECT count(*) AS n FROM t"),
                      {{"Sluice-Bookmark", mark}});
    REQUIRE(read.at("/results") == "[{\"n\":" + std::to_string(i) + "}]");
    REQUIRE(read.header("Sluice-Bookmark") >= mark);
  }
}

TEST_CASE("the words that stand for no bookmark are accepted") {
  auto app = app_server{};
  for (const auto* word : {"first-primary", "first-unconstrained"})
    CHECK(app.query(query_body("SELECT 1 AS x"), {{"Sluice-Bookmark", word}})
              .at("/results")
          == R"([{"x":1}])");
}

TEST_CASE("a bookmark that is none of this database's is refused") {
  auto app = app_server{};
  app.remote.create_database("other");
  const auto foreign
      = app.remote.run("other", "CREATE TABLE t(x)").header("Sluice-Bookmark");
  const auto own = app.run("CREATE TABLE t(x)").header("Sluice-Bookmark");
  // From a future that this database does not have.
  const auto future = "00000000ffffffff" + own.substr(16);
  for (const auto& wrong :
       {std::string{"yesterday"}, std::string{"1"}, own + "0",
        own.substr(0, own.size() - 1), foreign, future}) {
    CAPTURE(wrong);
    for (const auto* sql : {"SELECT 1", "INSERT INTO t VALUES (1)"}) {
      const auto failure = failure_of(
          app.query(query_body(sql), {{"Sluice-Bookmark", wrong}}));
      CHECK(failure.starts_with("bad_request 400: "));
      CHECK(failure.contains("Sluice-Bookmark"));
    }
  }
  CHECK(app.results("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
}

} // namespace sluice::tests
