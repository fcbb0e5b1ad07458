#include "cli/query_body.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::cli {

TEST_CASE("one statement is sent as it is") {
  CHECK(*query_body("SELECT 1", {}, "ROWS_AND_COLUMNS")
        == R"({"sql":"SELECT 1","results_format":"ROWS_AND_COLUMNS"})");
  CHECK(*query_body("SELECT ?, ?", {"7", "Ann"}, "ARRAY_OF_OBJECTS")
        == R"({"sql":"SELECT ?, ?","params":[7,"Ann"],)"
           R"("results_format":"ARRAY_OF_OBJECTS"})");
}

TEST_CASE("several statements are a batch, parameters go to the last") {
  CHECK(*query_body("A; B ?", {"null"}, "ROWS_AND_COLUMNS")
        == R"({"queries":[{"sql":"A;"},{"sql":"B ?","params":[null]}],)"
           R"("results_format":"ROWS_AND_COLUMNS"})");
}

TEST_CASE("a text without a statement is left to the server") {
  CHECK(*query_body("-- x", {}, "NONE")
        == R"({"sql":"-- x","results_format":"NONE"})");
}

TEST_CASE("what is no UTF-8 is refused before it is sent") {
  CHECK(query_body("SELECT '\xFF'", {}, "NONE").error().code
        == exit_code::usage);
  CHECK(query_body("SELECT ?", {"\xFF"}, "NONE").error().code
        == exit_code::usage);
}

} // namespace sluice::cli
