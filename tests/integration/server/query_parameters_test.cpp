#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.db.<db>.query`: what `params` may hold.
namespace sluice::tests {

namespace {

/// What SQLite holds of one parameter: its type and its value.
std::string bound(app_server& app, const std::string& parameter) {
  const auto got
      = app.query(R"({"sql":"SELECT typeof(?1) AS t, ?1 AS v",)"
                  R"("params":[)"
                  + parameter + R"(],"results_format":"ROWS_AND_COLUMNS"})");
  return got.code().empty() ? got.at("/results/rows/0") : failure_of(got);
}

constexpr auto wrong_number
    = "sql_error 400: Wrong number of parameter bindings for SQL query.";

} // namespace

TEST_CASE("every kind of parameter keeps its type and value") {
  auto app = app_server{};
  CHECK(bound(app, "null") == R"(["null",null])");
  CHECK(bound(app, "true") == R"(["integer",1])");
  CHECK(bound(app, "false") == R"(["integer",0])");
  CHECK(bound(app, "9223372036854775807")
        == R"(["integer",9223372036854775807])");
  CHECK(bound(app, "-9223372036854775808")
        == R"(["integer",-9223372036854775808])");
  CHECK(bound(app, "9007199254740993") == R"(["integer",9007199254740993])");
  CHECK(bound(app, "9223372036854775808")
        == R"(["real",9.223372036854776e+18])");
  CHECK(bound(app, "1.0") == R"(["real",1.0])");
  CHECK(bound(app, "0.1") == R"(["real",0.1])");
  CHECK(bound(app, "1e2") == R"(["real",100.0])");
  CHECK(bound(app, R"("it's")") == R"(["text","it's"])");
  CHECK(bound(app, R"("ä\n\u0041")") == R"(["text","ä\nA"])");
  CHECK(bound(app, R"("")") == R"(["text",""])");
  CHECK(bound(app, "[0,127,255]") == R"(["blob",[0,127,255]])");
  CHECK(bound(app, "[]") == R"(["blob",[]])");
  CHECK(bound(app, R"({"base64":"AP8="})") == R"(["blob",[0,255]])");
  CHECK(bound(app, R"({"base64":""})") == R"(["blob",[]])");
}

TEST_CASE("a parameter that SQLite has no type for is refused") {
  auto app = app_server{};
  for (const auto* wrong : {R"({"a":1})", "[256]", "[-1]", "[1.5]", R"(["a"])",
                            "[[1]]", R"({"base64":1})", R"({})"})
    CHECK(bound(app, wrong)
              .starts_with("bad_request 400: Type 'object' not supported for "
                           "value '"
                           + std::string{wrong} + "'"));
  CHECK(bound(app, R"({"base64":"*"})").starts_with("bad_request 400: "));
  CHECK(bound(app, "1e999").starts_with("bad_request 400: "));
}

TEST_CASE("numbered parameters may repeat and leave the order") {
  auto app = app_server{};
  const auto got = app.query(R"({"sql":"SELECT ?2 AS b, ?1 AS a, ?2 AS c",)"
                             R"("params":["x","y"]})");
  CHECK(got.at("/results") == R"([{"b":"y","a":"x","c":"y"}])");
}

TEST_CASE("named parameters come as an object") {
  auto app = app_server{};
  // With and without the sign in front.
  for (const auto* params :
       {R"({"a":1,"b":"two","c":null})", R"({":a":1,"@b":"two","$c":null})"}) {
    CAPTURE(params);
    const auto got = app.query(
        R"({"sql":"SELECT :a AS a, @b AS b, $c AS c, :a AS d","params":)"
        + std::string{params} + "}");
    CHECK(got.at("/results") == R"([{"a":1,"b":"two","c":null,"d":1}])");
  }
  CHECK(failure_of(app.query(R"({"sql":"SELECT :a, :b","params":{"a":1}})"))
        == wrong_number);
  CHECK(failure_of(app.query(R"({"sql":"SELECT :a","params":{"a":1,"b":2}})"))
        == wrong_number);
}

TEST_CASE("too few and too many parameters are an error") {
  auto app = app_server{};
  for (const auto* body :
       {R"({"sql":"SELECT ?"})", R"({"sql":"SELECT ?","params":[]})",
        R"({"sql":"SELECT ?","params":[1,2]})",
        R"({"sql":"SELECT ?, ?","params":[1]})",
        R"({"sql":"SELECT 1","params":[1]})"})
    CHECK(failure_of(app.query(body)) == wrong_number);
  CHECK(failure_of(app.query(R"({"sql":"SELECT ?; SELECT ?","params":[1]})"))
        == "sql_error 400: When executing multiple SQL statements in a single "
           "call, only the last statement can have parameters.");
  CHECK(app.query(R"({"sql":"SELECT 1","params":[]})").code().empty());
}

TEST_CASE("more parameters than the limit are refused") {
  auto app = app_server{{"--limits-profile", "d1"}};
  auto marks = std::string{"?"};
  auto values = std::string{"1"};
  for (auto i = 1; i < 100; ++i) {
    marks += ",?";
    values += ",1";
  }
  const auto body = [](const std::string& sql, const std::string& params) {
    return R"({"sql":"SELECT )" + sql + R"(","params":[)" + params + "]}";
  };
  CHECK(app.query(body(marks, values)).code().empty());
  const auto refused = failure_of(app.query(body(marks + ",?", values + ",1")));
  CHECK(refused.starts_with("too_large 413: "));
  CHECK(refused.contains("limits.parameters_max"));
}

} // namespace sluice::tests
