#include "codec/query_request.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::codec {

namespace {

std::string message(std::string_view body) {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_query(body, {});
  if (read)
    return "decoded";
  return read.error().code == error_code::bad_request
             ? read.error().message
             : "not a bad_request: " + read.error().message;
}

void check_not_json(std::string_view body) {
  CAPTURE(body);
  CHECK(message(body).starts_with("the request is not valid JSON: "));
}

std::string exec_message(std::string_view body) {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_exec(body, {});
  return read ? "decoded" : read.error().message;
}

std::string fields_message(std::string_view body) {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_fields(body, {});
  return read ? "decoded" : read.error().message;
}

} // namespace

TEST_CASE("decode_query reads one statement", "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_query(
      R"( {"sql": "SELECT * FROM users WHERE id = ?", "params": [7]} )", {});
  REQUIRE(read);
  CHECK_FALSE(read->is_batch);
  CHECK(read->format == results_format::array_of_objects);
  REQUIRE(read->queries.size() == 1);
  CHECK(read->queries[0].sql == "SELECT * FROM users WHERE id = ?");
  CHECK(read->queries[0].params
        == parameters{positional_parameters{value{std::int64_t{7}}}});
}

TEST_CASE("decode_query takes the fields in any order and escaped",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_query(
      R"({"results_format":"NONE","par\u0061ms":[],"s\u0071l":"a\nb"})", {});
  REQUIRE(read);
  CHECK(read->format == results_format::none);
  CHECK(read->queries.at(0).sql == "a\nb");
}

TEST_CASE("params may be left out or null", "[codec][query_request]") {
  auto decoder = request_decoder{};
  for (const auto* body : {R"({"sql":"x"})", R"({"sql":"x","params":null})",
                           R"({"sql":"x","params":[]})"}) {
    CAPTURE(body);
    const auto read = decoder.decode_query(body, {});
    REQUIRE(read);
    CHECK(read->queries.at(0).params == parameters{});
  }
}

TEST_CASE("an SQL text without a statement is left to the executor",
          "[codec][query_request]") {
  for (const auto* body :
       {R"({"sql":""})", R"({"sql":" ;; "})", R"({"sql":"-- nothing"})"})
    CHECK(message(body) == "decoded");
}

TEST_CASE("decode_query reads a batch from an array",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read
      = decoder.decode_query(R"([{"sql":"a","params":[1]},{"sql":"b"}])", {});
  REQUIRE(read);
  CHECK(read->is_batch);
  REQUIRE(read->queries.size() == 2);
  CHECK(read->queries[0].sql == "a");
  CHECK(read->queries[0].params
        == parameters{positional_parameters{value{std::int64_t{1}}}});
  CHECK(read->queries[1].sql == "b");
}

TEST_CASE("decode_query reads a batch of one as a batch",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  for (const auto* body :
       {R"([{"sql":"a"}])", R"({"queries":[{"sql":"a"}]})"}) {
    const auto read = decoder.decode_query(body, {});
    REQUIRE(read);
    CHECK(read->is_batch);
    CHECK(read->queries.size() == 1);
  }
}

TEST_CASE("a batch under queries takes a results_format",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  for (const auto* body :
       {R"({"queries":[{"sql":"a"}],"results_format":"ROWS_AND_COLUMNS"})",
        R"({"results_format":"ROWS_AND_COLUMNS","queries":[{"sql":"a"}]})"}) {
    const auto read = decoder.decode_query(body, {});
    REQUIRE(read);
    CHECK(read->is_batch);
    CHECK(read->format == results_format::rows_and_columns);
  }
}

TEST_CASE("an empty batch has no statement", "[codec][query_request]") {
  CHECK(message("[]") == "No SQL statements detected.");
  CHECK(message(R"({"queries":[]})") == "No SQL statements detected.");
}

TEST_CASE("queries cannot stand beside sql or params",
          "[codec][query_request]") {
  for (const auto* body : {R"({"queries":[{"sql":"a"}],"sql":"b"})",
                           R"({"sql":"b","queries":[{"sql":"a"}]})",
                           R"({"queries":[{"sql":"a"}],"params":[]})",
                           R"({"params":null,"queries":[{"sql":"a"}]})"})
    CHECK(message(body) == "'queries' cannot stand beside 'sql' and 'params'");
}

TEST_CASE("unknown fields are named, and the known ones with them",
          "[codec][query_request]") {
  CHECK(message(R"({"sqll":"x"})")
        == "unknown field 'sqll'; known are sql, params, results_format, "
           "queries");
  CHECK(message(R"({"sql":"x","SQL":"x"})").starts_with("unknown field 'SQL'"));
  CHECK(message(R"({"sql":"x","":1})").starts_with("unknown field ''"));
  CHECK(message(R"([{"sql":"x"},{"sql":"x","results_format":"NONE"}])")
        == "unknown field 'results_format' in queries[1]; known are sql, "
           "params");
  CHECK(message(R"({"queries":[{"queries":[]}]})")
        == "unknown field 'queries' in queries[0]; known are sql, params");
}

TEST_CASE("a long unknown field is not sent back whole",
          "[codec][query_request]") {
  const auto name = std::string(100'000, 'a');
  CHECK(message(R"({")" + name + R"(":1})").size() < 300);
  CHECK(exec_message(R"({")" + name + R"(":1})").size() < 300);
  CHECK(fields_message(R"({")" + name + R"(":{}})").size() < 300);
}

TEST_CASE("a field that stands twice is named", "[codec][query_request]") {
  CHECK(message(R"({"sql":"x","sql":"x"})")
        == "the field 'sql' stands twice in the request");
  CHECK(message(R"({"sql":"x","s\u0071l":"x"})")
        == "the field 'sql' stands twice in the request");
  CHECK(message(R"({"sql":"x","params":[],"params":[]})")
        == "the field 'params' stands twice in the request");
  CHECK(
      message(R"({"sql":"x","results_format":"NONE","results_format":"NONE"})")
      == "the field 'results_format' stands twice in the request");
  CHECK(message(R"({"queries":[{"sql":"x"}],"queries":[{"sql":"x"}]})")
        == "the field 'queries' stands twice in the request");
  CHECK(message(R"([{"sql":"x","sql":"x"}])")
        == "the field 'sql' stands twice in queries[0]");
}

TEST_CASE("a wrong type is named with what was expected",
          "[codec][query_request]") {
  CHECK(message(R"({"sql":1})") == "sql must be a string, not a number");
  CHECK(message(R"({"sql":null})") == "sql must be a string, not null");
  CHECK(message(R"({"sql":["x"]})") == "sql must be a string, not an array");
  CHECK(message(R"({"sql":{}})") == "sql must be a string, not an object");
  CHECK(message(R"({"sql":true})") == "sql must be a string, not a boolean");
  CHECK(message(R"({"sql":"x","params":"x"})")
        == "params must be an array or an object, not a string");
  CHECK(message(R"([{"sql":"x"},{"sql":"x","params":1}])")
        == "queries[1].params must be an array or an object, not a number");
  CHECK(message(R"({"queries":{}})")
        == "queries must be an array, not an object");
  CHECK(message(R"([{"sql":"x"},7])")
        == "queries[1] must be an object, not a number");
  CHECK(message("[[]]") == "queries[0] must be an object, not an array");
  CHECK(message(R"({"sql":"x","results_format":1})")
        == "results_format must be a string, not a number");
  CHECK(message("5")
        == "the request must be an object or an array, not a number");
  CHECK(message("null")
        == "the request must be an object or an array, not null");
  CHECK(message(R"("x")")
        == "the request must be an object or an array, not a string");
}

TEST_CASE("results_format is one of three words", "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_query(
      R"({"sql":"x","results_format":"ARRAY_OF_OBJECTS"})", {});
  REQUIRE(read);
  CHECK(read->format == results_format::array_of_objects);
  for (const auto* word : {"none", "", "NONE ", "ROWS"}) {
    CAPTURE(word);
    CHECK(message(R"({"sql":"x","results_format":")" + std::string{word}
                  + R"("})")
          == "results_format must be ARRAY_OF_OBJECTS, ROWS_AND_COLUMNS or "
             "NONE");
  }
}

TEST_CASE("a request without sql is told so", "[codec][query_request]") {
  CHECK(message("{}") == "the field 'sql' is missing in the request");
  CHECK(message(R"({"params":[1]})")
        == "the field 'sql' is missing in the request");
  CHECK(message(R"({"results_format":"NONE"})")
        == "the field 'sql' is missing in the request");
  CHECK(message(R"([{"sql":"x"},{}])")
        == "the field 'sql' is missing in queries[1]");
}

TEST_CASE("what is not JSON is called that", "[codec][query_request]") {
  for (const auto* body : {"",
                           " ",
                           "\n",
                           "nope",
                           "tru",
                           "01",
                           "{",
                           "[",
                           "}",
                           "]",
                           R"({"sql")",
                           R"({"sql":)",
                           R"({"sql":})",
                           R"({"sql":"x")",
                           R"({"sql":"x)",
                           R"({"sql" "x"})",
                           R"({sql:"x"})",
                           R"({'sql':'x'})",
                           R"({"sql":"x",})",
                           R"({,"sql":"x"})",
                           R"([{"sql":"x"},])",
                           R"([{"sql":"x"}{"sql":"y"}])",
                           R"([{"sql":"x"})",
                           R"({"sql":"x"])",
                           R"({"sql":"x","params":[1,]})",
                           R"({"sql":"x","params":[1})",
                           R"({"sql":"x","params":{1:2}})",
                           R"({"sql":"x","params":{"a" 2}})",
                           R"({"sql":"x","params":{"a":1})",
                           R"({"sql":nope})",
                           R"({"sql":"x","params":nullx})",
                           R"({"sql":"x","params":tru})",
                           R"({"queries":nope})",
                           "[nope]",
                           R"({"sql":"x" /* comment */})"})
    check_not_json(body);
}

TEST_CASE("content behind the document is refused", "[codec][query_request]") {
  for (const auto* body :
       {R"({"sql":"x"} x)", R"({"sql":"x"}})", R"({"sql":"x"} {"sql":"y"})",
        R"({"sql":"x"},)", R"([{"sql":"x"}] 1)", R"([{"sql":"x"}]])",
        R"({"queries":[{"sql":"x"}]}[])"})
    check_not_json(body);
  check_not_json(std::string_view{"{\"sql\":\"x\"}\0", 12});
  CHECK(message("{\"sql\":\"x\"}\r\n\t ") == "decoded");
}

TEST_CASE("bytes that are not UTF-8 are refused wherever they stand",
          "[codec][query_request]") {
  for (const auto* body :
       {"{\"sql\":\"\xff\"}", "{\"sql\":\"\xc3\"}", "{\"\xff\":1}",
        "{\"sql\":\"x\"}\xff", "\xff", "{\"sql\":\"\xed\xa0\x80\"}",
        "{\"sql\":\"x\",\"params\":[\"\xc0\x80\"]}"})
    check_not_json(body);
}

TEST_CASE("every truncation of a request is refused",
          "[codec][query_request]") {
  const auto body = std::string{
      R"({"queries":[{"sql":"a\u00e4","params":[1,-2.5e3,"t",null,[1,2],)"
      R"({"base64":"AQ=="}]},{"sql":"b","params":{"x":true}}],)"
      R"("results_format":"NONE"})"};
  REQUIRE(message(body) == "decoded");
  for (auto size = std::size_t{0}; size < body.size(); ++size) {
    CAPTURE(size);
    CHECK(message(body.substr(0, size)) != "decoded");
  }
}

TEST_CASE("a decoder is not spoilt by what it decoded before",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto large = R"({"sql":")" + std::string(100'000, 'x') + R"("})";
  for (const auto* between : {"", "nope", "[", R"({"sql":1})", "[1]",
                              R"({"sql":"x","params":[{}]})", "\xff"}) {
    CAPTURE(between);
    REQUIRE(decoder.decode_query(large, {}));
    CHECK_FALSE(decoder.decode_query(between, {}));
    const auto read = decoder.decode_query(R"({"sql":"y"})", {});
    REQUIRE(read);
    CHECK(read->queries.at(0).sql == "y");
  }
}

TEST_CASE("a decoder that was moved goes on", "[codec][query_request]") {
  auto first = request_decoder{};
  REQUIRE(first.decode_query(R"({"sql":"x"})", {}));
  auto second = std::move(first);
  CHECK(second.decode_query(R"({"sql":"x"})", {}).has_value());
  auto third = request_decoder{};
  third = std::move(second);
  CHECK(third.decode_exec(R"({"sql":"x"})", {}).has_value());
}

TEST_CASE("decode_exec reads a script", "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read
      = decoder.decode_exec(R"({"sql":"CREATE TABLE a(x);\nSELECT 1;"})", {});
  REQUIRE(read);
  CHECK(read->sql == "CREATE TABLE a(x);\nSELECT 1;");
}

TEST_CASE("decode_exec takes sql and nothing else", "[codec][query_request]") {
  CHECK(exec_message("{}") == "the field 'sql' is missing in the request");
  CHECK(exec_message(R"({"sql":"x","params":{}})")
        == "unknown field 'params'; known is sql");
  CHECK(exec_message(R"({"sql":7})") == "sql must be a string, not a number");
  CHECK(exec_message(R"({"sql":[65]})")
        == "sql must be a string, not an array");
  CHECK(exec_message(R"({"sql":"x","sql":"x"})")
        == "the field 'sql' stands twice in the request");
  CHECK(exec_message(R"([{"sql":"x"}])")
        == "the request must be an object, not an array");
  for (const auto* body : {"", "nope", R"({"sql":"x"} 1)", R"({"sql":"x")",
                           R"({"sql":nope})", "{\"sql\":\"\xff\"}"})
    CHECK(exec_message(body).starts_with("the request is not valid JSON: "));
}

TEST_CASE("decode_fields reads a flat object", "[codec][query_request]") {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_fields(
      R"({"name":"app","page":2,"ratio":0.5,"all":true,"none":null,"b":[1]})",
      {});
  REQUIRE(read);
  const auto expected = named_parameters{
      {"name", value{std::string{"app"}}},
      {"page", value{std::int64_t{2}}},
      {"ratio", value{0.5}},
      {"all", value{std::int64_t{1}}},
      {"none", value{}},
      {"b", value{blob{{std::byte{1}}}}},
  };
  CHECK(*read == expected);
}

TEST_CASE("decode_fields takes an empty body for an empty object",
          "[codec][query_request]") {
  auto decoder = request_decoder{};
  for (const auto* body : {"", "{}", " { } "}) {
    const auto read = decoder.decode_fields(body, {});
    REQUIRE(read);
    CHECK(read->empty());
  }
}

TEST_CASE("decode_fields refuses what is not a flat object",
          "[codec][query_request]") {
  CHECK(fields_message(R"({"a":1,"b":2,"a":3})")
        == "the field 'a' stands twice in the request");
  CHECK(fields_message(R"({"name":{"x":1}})")
        == "Type 'object' not supported for value '{\"x\":1}' (name)");
  CHECK(fields_message("[]") == "the request must be an object, not an array");
  CHECK(fields_message("7") == "the request must be an object, not a number");
  for (const auto* body : {"nope", "{", R"({"a":1,})", R"({"a":1} 2)",
                           R"({"a":nullx})", "{\"a\":\"\xff\"}"})
    CHECK(fields_message(body).starts_with("the request is not valid JSON: "));
}

} // namespace sluice::codec
