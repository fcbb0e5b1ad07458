#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

/// SQL that would take all there is of something: the program answers within
/// its limits, which are the defaults, and goes on.
namespace sluice::tests {

namespace {

constexpr auto endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i "
                         "+ 1 FROM c) ";

std::string repeated(std::string_view text, int times) {
  auto result = std::string{};
  for (auto i = 0; i < times; ++i)
    result += text;
  return result;
}

void check_that_it_serves(app_server& app) {
  app.run("INSERT INTO alive VALUES (1)");
  CHECK(app.results("SELECT min(x) AS x FROM alive") == R"([{"x":1}])");
}

} // namespace

TEST_CASE("hostile SQL ends in an error within the limits, and the server goes "
          "on") {
  auto app = app_server{};
  app.run("CREATE TABLE alive(x)");
  app.run("CREATE TABLE text AS SELECT replace(hex(zeroblob(500000)), '0', "
          "'a') AS a");
  app.run("CREATE TABLE again(x)");
  app.run("CREATE TRIGGER fires AFTER INSERT ON again BEGIN INSERT INTO again "
          "VALUES (new.x + 1); END");
  struct hostile {
    std::string sql;
    std::string failure;
  };
  for (const auto& [sql, failure] : std::initializer_list<hostile>{
           {std::string{endless} + "SELECT i FROM c",
            "too_large 413: the reply"},
           {"SELECT " + repeated("(", 50'000) + "1" + repeated(")", 50'000),
            "sql_error 400: "},
           {"SELECT 1" + repeated("+1", 50'000), "sql_error 400: Expression "},
           {"SELECT a LIKE '%' || substr(a, 1, 49000) || 'b' FROM text",
            "sql_error 400: LIKE or GLOB pattern too complex"},
           {"SELECT 'a' LIKE '" + repeated("%a", 30'000) + "'",
            "sql_error 400: LIKE or GLOB pattern too complex"},
           {"SELECT zeroblob(1e9)", "too_large 413: string or blob too big"},
           {"INSERT INTO alive VALUES (zeroblob(1e9))",
            "too_large 413: string or blob too big"},
           {"SELECT printf('%1000000000d', 1)",
            "too_large 413: string or blob too big"},
           {"SELECT printf('%.*c', 1000000000, 'x')",
            "too_large 413: string or blob too big"},
           {"PRAGMA recursive_triggers = ON; INSERT INTO again VALUES (1)",
            "sql_error 400: too many levels of trigger recursion"},
           {"BEGIN", "not_authorized 403: transaction control"},
           {"ATTACH ':memory:' AS m", "not_authorized 403: ATTACH"},
           {"SELECT load_extension('x')", "not_authorized 403: load_extension"},
           {"CREATE TABLE _sluice_x(y)", "not_authorized 403: "},
           {"PRAGMA writable_schema = ON", "not_authorized 403: "},
       }) {
    CAPTURE(sql.substr(0, 80));
    const auto said = app.failure(sql);
    CAPTURE(said);
    CHECK(said.starts_with(failure));
    check_that_it_serves(app);
  }
}

TEST_CASE("hostile SQL without an end of its own ends at the deadline") {
  auto app = app_server{};
  app.run("CREATE TABLE alive(x)");
  app.run("CREATE TABLE text AS SELECT replace(hex(zeroblob(500000)), '0', "
          "'a') AS a");
  for (const auto* query :
       {"SELECT count(*) FROM c", "SELECT count(DISTINCT i) FROM c",
        "SELECT count(*) FROM c, text WHERE a LIKE '%aaaab' || i",
        "SELECT count(*) FROM c, text WHERE instr(a, substr(a, 1, 5e5) || i)",
        "SELECT count(*) FROM c WHERE printf('%.*c', 1000000, i) = ''"}) {
    CAPTURE(query);
    const auto got = app.query(query_body(std::string{endless} + query),
                               {{"Sluice-Timeout-Ms", "300"}});
    CHECK(failure_of(got).starts_with("timeout 504: "));
    check_that_it_serves(app);
  }
}

TEST_CASE(
    "a request that fills its memory or its temporary files is too large, "
    "and leaves no file") {
  auto app = app_server{{"--limits-request-memory-bytes-max", "8388608",
                         "--limits-request-temporary-bytes-max", "8388608"}};
  app.run("CREATE TABLE alive(x)");
  for (const auto* query :
       {"SELECT count(*) FROM (SELECT DISTINCT randomblob(1000) FROM c)",
        "SELECT i FROM c ORDER BY randomblob(1000)",
        "SELECT json_group_array(i) FROM c"}) {
    CAPTURE(query);
    const auto failure = app.failure(std::string{endless} + query);
    CHECK(failure.starts_with("too_large 413: the request needs more "));
    CHECK(failure.contains("limits.request_"));
    check_that_it_serves(app);
  }
  CHECK(app.failure("CREATE TEMP TABLE t AS " + std::string{endless}
                    + "SELECT randomblob(1000) AS x FROM c")
            .starts_with("too_large 413: the request needs more room in "
                         "temporary files than "
                         "limits.request_temporary_bytes_max (8388608 bytes)"));
  check_that_it_serves(app);
  CHECK(std::filesystem::is_empty(std::filesystem::path{app.process.data()}
                                  / "temporary"));
}

} // namespace sluice::tests
