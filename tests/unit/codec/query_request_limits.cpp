#include "codec/query_request.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

namespace sluice::codec {

namespace {

template <class Result>
void check_too_large(const Result& read, std::string_view words) {
  REQUIRE_FALSE(read);
  CAPTURE(read.error().message);
  CHECK(read.error().code == error_code::too_large);
  CHECK(read.error().message.contains(words));
}

std::string repeated(std::size_t count, std::string_view item) {
  auto result = std::string{};
  for (auto i = std::size_t{0}; i < count; ++i)
    (result += i == 0 ? "" : ",") += item;
  return result;
}

std::string with_params(std::string_view params) {
  return R"({"sql":"x","params":)" + std::string{params} + "}";
}

} // namespace

TEST_CASE("sql_bytes_max bounds one SQL text", "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto limits = decode_limits{.sql_bytes_max = 5};
  CHECK(decoder.decode_query(R"({"sql":"12345"})", limits).has_value());
  CHECK(decoder.decode_query(R"({"sql":"1234\n"})", limits).has_value());
  check_too_large(decoder.decode_query(R"({"sql":"123456"})", limits),
                  "sql is longer than limits.sql_bytes_max (5 bytes)");
  check_too_large(
      decoder.decode_query(R"([{"sql":"1"},{"sql":"123456"}])", limits),
      "queries[1].sql is longer than limits.sql_bytes_max (5 bytes)");
}

TEST_CASE("parameters_max bounds positional and named parameters",
          "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto limits = decode_limits{.parameters_max = 2};
  CHECK(decoder.decode_query(with_params("[1,2]"), limits).has_value());
  CHECK(decoder.decode_query(with_params(R"({"a":1,"b":2})"), limits)
            .has_value());
  check_too_large(decoder.decode_query(with_params("[1,2,3]"), limits),
                  "params has more than limits.parameters_max (2)");
  check_too_large(
      decoder.decode_query(with_params(R"({"a":1,"b":2,"c":3})"), limits),
      "params has more than limits.parameters_max (2)");
  check_too_large(decoder.decode_fields(R"({"a":1,"b":2,"c":3})", limits),
                  "limits.parameters_max (2)");
}

TEST_CASE("batch_statements_max bounds both forms of a batch",
          "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto limits = decode_limits{.batch_statements_max = 3};
  const auto three = repeated(3, R"({"sql":"x"})");
  const auto four = repeated(4, R"({"sql":"x"})");
  CHECK(decoder.decode_query("[" + three + "]", limits).has_value());
  CHECK(decoder.decode_query(R"({"queries":[)" + three + "]}", limits)
            .has_value());
  check_too_large(decoder.decode_query("[" + four + "]", limits),
                  "limits.batch_statements_max (3)");
  check_too_large(decoder.decode_query(R"({"queries":[)" + four + "]}", limits),
                  "limits.batch_statements_max (3)");
}

TEST_CASE("value_bytes_max bounds texts and BLOBs by their decoded size",
          "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto limits = decode_limits{.value_bytes_max = 3};
  for (const auto* params :
       {R"(["abc"])", R"(["\u0061bc"])", "[[1,2,3]]", R"([{"base64":"QUJD"}])",
        R"({"a":"abc"})", "[123456789]", R"(["abc","abc"])"}) {
    CAPTURE(params);
    CHECK(decoder.decode_query(with_params(params), limits).has_value());
  }
  for (const auto* params : {R"(["abcd"])", R"(["ab\u00e4"])", "[[1,2,3,4]]",
                             R"([{"base64":"QUJDRA=="}])"}) {
    CAPTURE(params);
    check_too_large(decoder.decode_query(with_params(params), limits),
                    "params[0] is larger than limits.row_bytes_max (3 bytes)");
  }
  check_too_large(decoder.decode_fields(R"({"bio":"abcd"})", limits),
                  "bio is larger than limits.row_bytes_max (3 bytes)");
}

TEST_CASE("zero is no bound", "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto text = "\"" + std::string(100'000, 'x') + "\"";
  const auto body = R"({"sql":)" + text + R"(,"params":[)"
                    + repeated(50'000, "1") + "," + text + "]}";
  CHECK(decoder.decode_query(body, {}).has_value());
  const auto batch = "[" + repeated(20'000, R"({"sql":"x"})") + "]";
  CHECK(decoder.decode_query(batch, {}).has_value());
}

TEST_CASE("a script may be as long as a whole batch", "[codec][limits]") {
  auto decoder = request_decoder{};
  const auto body = [](std::size_t bytes) {
    return R"({"sql":")" + std::string(bytes, 'x') + R"("})";
  };
  const auto limits
      = decode_limits{.sql_bytes_max = 10, .batch_statements_max = 3};
  CHECK(decoder.decode_exec(body(30), limits).has_value());
  check_too_large(decoder.decode_exec(body(31), limits),
                  "limits.sql_bytes_max (10 bytes)");
  CHECK(decoder.decode_exec(body(99), {.sql_bytes_max = 10}).has_value());
  CHECK(decoder.decode_exec(body(99), {.batch_statements_max = 3}).has_value());
  const auto huge
      = decode_limits{.sql_bytes_max = std::numeric_limits<std::size_t>::max(),
                      .batch_statements_max = 3};
  CHECK(decoder.decode_exec(body(99), huge).has_value());
}

TEST_CASE("many names and many BLOBs take time in proportion",
          "[codec][limits]") {
  // Comparing all with all, or looking through the rest of the text for each,
  // would take longer than a test may.
  auto decoder = request_decoder{};
  auto names = std::string{R"({"sql":"x","params":{)"};
  for (auto i = 0; i < 200'000; ++i)
    names += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + "\":1";
  CHECK(decoder.decode_query(names + "}}", {}).has_value());
  CHECK_FALSE(decoder.decode_query(names + R"(,"p7":1}})", {}).has_value());
  const auto blobs = with_params("[" + repeated(200'000, "[1,2]") + "]");
  CHECK(decoder.decode_query(blobs, {}).has_value());
}

} // namespace sluice::codec
