#include "cli/query_result.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::cli {

namespace {

std::string shown(std::string_view json) {
  const auto results = read_query_reply(json);
  REQUIRE(results);
  auto text = std::string{};
  for (const auto& one : *results)
    text += render(one, 0);
  return text;
}

} // namespace

TEST_CASE("rows are shown as a table and counted") {
  CHECK(shown(R"({"success":true,"results":{"columns":["id","name","x"],)"
              R"("rows":[[7,"Ann",null],[9223372036854775807,"B\nb",1.50]]},)"
              R"("meta":{"duration":0.421,"changes":0}})")
        == "id                  | name | x\n"
           "--------------------+------+-----\n"
           "                  7 | Ann  | NULL\n"
           "9223372036854775807 | B\\nb | 1.50\n"
           "2 rows in 0.42 ms\n");
}

TEST_CASE("no rows have a head, one row is not plural") {
  CHECK(shown(R"({"results":{"columns":["id"],"rows":[]},)"
              R"("meta":{"duration":12.34}})")
        == "id\n--\n0 rows in 12.3 ms\n");
  CHECK(shown(R"({"meta":{"duration":1234},)"
              R"("results":{"rows":[[1]],"columns":["id"]}})")
        == "id\n--\n 1\n1 row in 1.23 s\n");
}

TEST_CASE("statements without rows tell what they changed") {
  CHECK(shown(R"({"results":{"columns":[],"rows":[]},)"
              R"("meta":{"duration":0.1,"changes":1}})")
        == "1 row changed in 0.10 ms\n");
  CHECK(shown(R"({"results":{"columns":[],"rows":[]},)"
              R"("meta":{"duration":0.1,"changes":5}})")
        == "5 rows changed in 0.10 ms\n");
  CHECK(shown(R"({"results":{"columns":[],"rows":[]},)"
              R"("meta":{"duration":0.1,"changes":0}})")
        == "done in 0.10 ms\n");
}

TEST_CASE("a batch has a result for each statement") {
  const auto results = read_query_reply(
      R"([{"results":{"columns":["a"],"rows":[[1]]},"meta":{"duration":1}},)"
      R"({"results":{"columns":["b"],"rows":[]},"meta":{"duration":2}}])");
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  CHECK((*results)[0].columns.front() == "a");
  CHECK((*results)[1].columns.front() == "b");
}

TEST_CASE("BLOBs are shown in hexadecimal, long ones in part") {
  const auto cell_of = [](std::string_view json) {
    const auto text = R"({"results":{"columns":["b"],"rows":[[)"
                      + std::string{json} + "]]}}";
    return (*read_query_reply(text)).front().rows[0][0].text;
  };
  CHECK(cell_of("[0,255,16]") == "x'00ff10'");
  CHECK(cell_of("[]") == "x''");
  auto bytes = std::string{"[1"};
  for (auto i = 0; i < 32; ++i)
    bytes += ",1";
  CHECK(cell_of(bytes + "]").ends_with("01…' (33 bytes)"));
}

TEST_CASE("duplicate column names stand side by side") {
  CHECK(shown(R"({"results":{"columns":["a","a"],"rows":[[1,2]]},"meta":{}})")
        == "a | a\n--+--\n1 | 2\n1 row in 0.00 ms\n");
}

TEST_CASE("a reply of another shape is an error, not a crash") {
  for (const auto* json :
       {"", "x", "7", "{\"results\":7}", "{\"results\":{\"columns\":7}}",
        "{\"results\":{\"columns\":[\"a\"],\"rows\":[[1,2]]}}",
        "{\"results\":{\"columns\":[\"a\"],\"rows\":[[[300.5]]]}}", "[7]",
        "{\"results\":{\"columns\":[\"a\"],\"rows\":[["}) {
    CAPTURE(json);
    const auto results = read_query_reply(json);
    REQUIRE_FALSE(results);
    CHECK(results.error().code == exit_code::refused);
  }
}

} // namespace sluice::cli
