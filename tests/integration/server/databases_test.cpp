#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <future>

/// `sluice.databases.*`
namespace sluice::tests {

namespace {

reply databases(client& remote, const std::string& verb,
                std::string_view body) {
  return remote.request("sluice.databases." + verb, body);
}

/// Files of databases, whatever their names end with.
std::size_t file_count(const sluice_process& process, const std::string& uuid) {
  auto count = std::size_t{0};
  for (const auto& entry : std::filesystem::recursive_directory_iterator{
           process.data() + "/databases"})
    count += entry.path().filename().string().starts_with(uuid) ? 1 : 0;
  return count;
}

std::string text_at(const reply& got, const std::string& pointer) {
  const auto json = got.at(pointer);
  return json.size() < 2 ? json : json.substr(1, json.size() - 2);
}

} // namespace

TEST_CASE("a database that was created is described by name and by uuid") {
  auto process = sluice_process{};
  auto remote = client{process.url()};
  const auto made = databases(remote, "create", R"({"name":"shop-1_a"})");
  CHECK(made.at("/success") == "true");
  CHECK(made.at("/database/name") == "\"shop-1_a\"");
  CHECK(made.at("/database/version") == "\"production\"");
  const auto uuid = text_at(made, "/database/uuid");
  CHECK(uuid.size() == 36);
  const auto created_at = text_at(made, "/database/created_at");
  CHECK(created_at.size() == std::string{"2026-11-24T11:08:20Z"}.size());
  CHECK(created_at.ends_with("Z"));
  remote.run("shop-1_a", "CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v "
                         "AS SELECT 1");
  const auto by_name = databases(remote, "get", R"({"name":"shop-1_a"})");
  CHECK(by_name.at("/database/uuid") == made.at("/database/uuid"));
  CHECK(by_name.at("/database/created_at") == made.at("/database/created_at"));
  CHECK(by_name.at("/database/num_tables") == "2");
  CHECK(std::stoul(by_name.at("/database/file_size")) >= 8192);
  const auto by_uuid = databases(remote, "get", R"({"uuid":")" + uuid + "\"}");
  CHECK(by_uuid.body() == by_name.body());
}

TEST_CASE("a name is taken once and has a form") {
  auto process = sluice_process{};
  auto remote = client{process.url()};
  CHECK(databases(remote, "create", R"({"name":"a"})").code().empty());
  CHECK(failure_of(databases(remote, "create", R"({"name":"a"})"))
            .starts_with("conflict 409: "));
  const auto longest = std::string(63, 'x');
  CHECK(databases(remote, "create", R"({"name":")" + longest + "\"}")
            .code()
            .empty());
  for (const auto& wrong :
       {std::string{"\"\""}, std::string{R"("A")"}, std::string{R"("a.b")"},
        std::string{R"("-a")"}, std::string{R"("_a")"}, std::string{R"("a b")"},
        std::string{R"("../a")"}, std::string{R"("ä")"}, "\"" + longest + "x\"",
        std::string{"7"}, std::string{"null"}}) {
    CAPTURE(wrong);
    const auto failure
        = failure_of(databases(remote, "create", "{\"name\":" + wrong + "}"));
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains("name"));
  }
  for (const auto* body : {"", "{}", "[]", "a", R"({"name":"b","size":1})"}) {
    CAPTURE(body);
    CHECK(failure_of(databases(remote, "create", body))
              .starts_with("bad_request 400: "));
  }
}

TEST_CASE("what is not there is not found") {
  auto process = sluice_process{};
  auto remote = client{process.url()};
  for (const auto* body : {R"({"name":"other"})",
                           R"({"uuid":"00000000-0000-4000-8000-000000000000"})",
                           R"({"uuid":"x"})"})
    CHECK(failure_of(databases(remote, "get", body))
              .starts_with("not_found 404: "));
  CHECK(failure_of(databases(remote, "delete", R"({"name":"other"})"))
            .starts_with("not_found 404: "));
  for (const auto* body : {"", "{}", R"({"name":"a","uuid":"b"})"})
    CHECK(failure_of(databases(remote, "get", body))
              .starts_with("bad_request 400: "));
}

TEST_CASE("the list has pages and can be narrowed by name") {
  auto process = sluice_process{};
  auto remote = client{process.url()};
  const auto empty = databases(remote, "list", "");
  CHECK(empty.at("/databases") == "[]");
  CHECK(empty.at("/total") == "0");
  for (auto i = 10; i < 15; ++i)
    remote.create_database("app-" + std::to_string(i));
  remote.create_database("other_1");
  const auto all = databases(remote, "list", "{}");
  CHECK(all.at("/success") == "true");
  CHECK(all.at("/total") == "6");
  CHECK(all.at("/page") == "1");
  CHECK(all.at("/per_page") == "100");
  CHECK(all.at("/databases/5/name") != "(none)");
  CHECK(all.at("/databases/0/version") == "\"production\"");
  const auto page = [&remote](int number) {
    return databases(remote, "list",
                     R"({"name":"app","per_page":2,"page":)"
                         + std::to_string(number) + "}");
  };
  auto seen = std::string{};
  for (auto i = 1; i <= 3; ++i)
    for (const auto* pointer : {"/databases/0/name", "/databases/1/name"})
      seen += page(i).at(pointer);
  CHECK(seen == R"("app-10""app-11""app-12""app-13""app-14"(none))");
  CHECK(page(1).at("/total") == "5");
  CHECK(page(4).at("/databases") == "[]");
  // No pattern: these stand for themselves.
  CHECK(databases(remote, "list", R"({"name":"r_1"})").at("/total") == "1");
  CHECK(databases(remote, "list", R"({"name":"_"})").at("/total") == "1");
  CHECK(databases(remote, "list", R"({"name":"%"})").at("/total") == "0");
}

TEST_CASE("pages that cannot be are refused") {
  auto process = sluice_process{};
  auto remote = client{process.url()};
  for (const auto* body :
       {R"({"page":0})", R"({"page":-1})", R"({"page":"1"})", R"({"page":1.5})",
        R"({"per_page":0})", R"({"per_page":101})", R"({"name":1})",
        R"({"limit":1})"}) {
    CAPTURE(body);
    CHECK(failure_of(databases(remote, "list", body))
              .starts_with("bad_request 400: "));
  }
}

TEST_CASE("a deleted database is gone, and so are its files") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  CHECK(app.results("SELECT x FROM t") == R"([{"x":1}])");
  const auto uuid = text_at(databases(app.remote, "get", R"({"name":"app"})"),
                            "/database/uuid");
  REQUIRE(file_count(app.process, uuid) >= 1);
  const auto gone = databases(app.remote, "delete", R"({"name":"app"})");
  CHECK(gone.at("/success") == "true");
  CHECK(app.failure("SELECT 1").starts_with("not_found 404: "));
  CHECK(databases(app.remote, "list", "").at("/total") == "0");
  CHECK(failure_of(databases(app.remote, "delete", R"({"name":"app"})"))
            .starts_with("not_found 404: "));
  wait_until("the files are gone", std::chrono::seconds{20},
             [&] { return file_count(app.process, uuid) == 0; });
}

TEST_CASE("a name that is used again is another database") {
  auto app = app_server{};
  auto last = std::string{};
  for (auto i = 0; i < 20; ++i) {
    // Fails if anything of the last one is left.
    app.run("CREATE TABLE t(x)");
    REQUIRE(app.results("SELECT count(*) AS n FROM t") == R"([{"n":0}])");
    app.run("INSERT INTO t VALUES (1)");
    const auto uuid = databases(app.remote, "get", R"({"name":"app"})")
                          .at("/database/uuid");
    REQUIRE(uuid != last);
    last = uuid;
    REQUIRE(
        databases(app.remote, "delete", R"({"name":"app"})").code().empty());
    app.remote.create_database("app");
  }
}

TEST_CASE("deleting a database ends what runs on it with an answer") {
  auto app = app_server{};
  auto running = std::async(std::launch::async, [&app] {
    auto own = client{app.process.url()};
    return own.query("app",
                     query_body("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                                "SELECT i + 1 FROM c LIMIT 3000000) SELECT "
                                "count(*) AS n FROM c"));
  });
  wait_until("it runs", std::chrono::seconds{20}, [&app] {
    return app.remote.request("sluice.stats", "").at("/requests_in_flight")
           != "0";
  });
  CHECK(databases(app.remote, "delete", R"({"name":"app"})").code().empty());
  const auto got = running.get();
  // Either is an answer.
  CHECK((got.at("/results") == R"([{"n":3000000}])"
         || got.code() == "not_found"));
  app.remote.create_database("app");
  CHECK(app.results("SELECT count(*) AS n FROM sqlite_schema WHERE name = 't'")
        == R"([{"n":0}])");
}

TEST_CASE("a deletion outlives kill -9") {
  auto app = app_server{};
  app.run("CREATE TABLE t(x)");
  const auto uuid = text_at(databases(app.remote, "get", R"({"name":"app"})"),
                            "/database/uuid");
  REQUIRE(databases(app.remote, "delete", R"({"name":"app"})").code().empty());
  app.process.kill();
  app.process.start();
  auto remote = client{app.process.url()};
  CHECK(failure_of(databases(remote, "get", R"({"name":"app"})"))
            .starts_with("not_found 404: "));
  wait_until("the files are gone", std::chrono::seconds{20},
             [&] { return file_count(app.process, uuid) == 0; });
}

TEST_CASE("far more databases than may be open all work") {
  constexpr auto count = 300;
  auto process = sluice_process{
      {"--databases-writers-max", "8", "--readers-connections-max", "4"}};
  auto remote = client{process.url()};
  const auto name = [](int i) {
    return "db-" + std::to_string(i);
  };
  for (auto i = 0; i < count; ++i) {
    remote.create_database(name(i));
    remote.run(name(i), "CREATE TABLE t(x); INSERT INTO t VALUES ("
                            + std::to_string(i) + ")");
  }
  // Back and forth, so that each has been closed meanwhile.
  for (auto i = count; i-- > 0;)
    REQUIRE(remote.run(name(i), "UPDATE t SET x = x + 1 RETURNING x")
                .at("/results/0/x")
            == std::to_string(i + 1));
  for (auto i = 0; i < count; ++i)
    REQUIRE(remote.run(name(i), "SELECT x FROM t").at("/results/0/x")
            == std::to_string(i + 1));
  CHECK(databases(remote, "list", R"({"per_page":1})").at("/total") == "300");
  CHECK(std::stoi(remote.request("sluice.stats", "").at("/databases_open"))
        <= 8);
}

TEST_CASE("more databases than the limit are refused") {
  auto process = sluice_process{{"--limits-databases-max", "2"}};
  auto remote = client{process.url()};
  remote.create_database("a");
  remote.create_database("b");
  const auto failure
      = failure_of(databases(remote, "create", R"({"name":"c"})"));
  CHECK(failure.starts_with("too_large 413: "));
  CHECK(failure.contains("limits.databases_max"));
  REQUIRE(databases(remote, "delete", R"({"name":"a"})").code().empty());
  remote.create_database("c");
}

} // namespace sluice::tests
