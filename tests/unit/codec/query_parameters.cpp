#include "codec/query_request.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>

namespace sluice::codec {

namespace {

/// A request's one positional parameter, from its JSON text.
result<value> decoded(std::string_view json) {
  auto decoder = request_decoder{};
  auto read = decoder.decode_query(
      R"({"sql":"SELECT ?","params":[)" + std::string{json} + "]}", {});
  if (!read)
    return std::unexpected{std::move(read.error())};
  auto& params = std::get<positional_parameters>(read->queries.front().params);
  if (params.size() != 1)
    return fail(error_code::internal, "not one parameter");
  return std::move(params.front());
}

void check_refused(std::string_view json, std::string_view words) {
  CAPTURE(json.substr(0, 200));
  const auto read = decoded(json);
  REQUIRE_FALSE(read);
  CAPTURE(read.error().message);
  CHECK(read.error().code == error_code::bad_request);
  CHECK(read.error().message.contains(words));
}

void check_not_json(std::string_view json) {
  check_refused(json, "the request is not valid JSON: ");
}

void check_unsupported(std::string_view json) {
  check_refused(json, "Type 'object' not supported for value '"
                          + std::string{json} + "'");
}

value integer(std::int64_t x) {
  return value{x};
}

value real(double x) {
  return value{x};
}

value text(std::string_view x) {
  return value{std::string{x}};
}

value bytes(std::initializer_list<int> numbers) {
  auto result = blob{};
  for (const auto number : numbers)
    result.bytes.push_back(static_cast<std::byte>(number));
  return value{std::move(result)};
}

} // namespace

TEST_CASE("null, true and false are NULL, 1 and 0", "[codec][parameters]") {
  CHECK(decoded("null") == value{});
  CHECK(decoded(" null ") == value{});
  CHECK(decoded("true") == integer(1));
  CHECK(decoded("false") == integer(0));
}

TEST_CASE("whole numbers in int64 are INTEGER, exactly",
          "[codec][parameters]") {
  CHECK(decoded("0") == integer(0));
  CHECK(decoded("-0") == integer(0));
  CHECK(decoded("7") == integer(7));
  CHECK(decoded(" 7 ") == integer(7));
  CHECK(decoded("-7\n") == integer(-7));
  CHECK(decoded("9007199254740993") == integer(9'007'199'254'740'993));
  CHECK(decoded("9223372036854775807")
        == integer(std::numeric_limits<std::int64_t>::max()));
  CHECK(decoded("-9223372036854775808")
        == integer(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("all other finite numbers are REAL", "[codec][parameters]") {
  CHECK(decoded("1.0") == real(1));
  CHECK(decoded("1e3") == real(1000));
  CHECK(decoded("1E+3") == real(1000));
  CHECK(decoded("-2.5e-1") == real(-0.25));
  CHECK(decoded("0.1") == real(0.1));
  CHECK(decoded("9223372036854775808") == real(9223372036854775808.0));
  CHECK(decoded("-9223372036854775809") == real(-9223372036854775808.0));
  CHECK(decoded("18446744073709551615") == real(18446744073709551616.0));
  CHECK(decoded("18446744073709551616") == real(18446744073709551616.0));
  CHECK(decoded("99999999999999999999999") == real(1e23));
  CHECK(decoded("1.7976931348623157e308")
        == real(std::numeric_limits<double>::max()));
  CHECK(decoded("5e-324") == real(std::numeric_limits<double>::denorm_min()));
}

TEST_CASE("a REAL keeps the sign of zero", "[codec][parameters]") {
  const auto read = decoded("-0.0");
  REQUIRE(read);
  CHECK(std::signbit(std::get<double>(*read)));
}

TEST_CASE("a number too small for a double is zero", "[codec][parameters]") {
  CHECK(decoded("1e-400") == real(0));
  CHECK(decoded("1e-99999999999") == real(0));
  CHECK(decoded("0." + std::string(400, '0') + "1") == real(0));
}

TEST_CASE("a number too large for a double is refused", "[codec][parameters]") {
  for (const auto& json :
       {std::string{"1e400"}, std::string{"-1e400"}, std::string{"1.8e308"},
        std::string{"1e99999999999"}, std::string(400, '9')})
    check_refused(json, "params[0] is not a finite number");
}

TEST_CASE("malformed numbers are not JSON", "[codec][parameters]") {
  for (const auto* json :
       {"01",    "-01",  "00",   "+1",       "1.",        ".5",   "-",
        "-.5",   "1.e3", "1e",   "1e+",      "1.5.5",     "1x",   "0x10",
        "1_000", "NaN",  "-NaN", "Infinity", "-Infinity", "1e3x", "--1"})
    check_not_json(json);
}

TEST_CASE("words that are nearly null, true or false are not JSON",
          "[codec][parameters]") {
  for (const auto* json : {"nullx", "nul", "nope", "n", "NULL", "truex", "tru",
                           "t", "True", "falsey", "fals", "f", "undefined"})
    check_not_json(json);
}

TEST_CASE("strings are TEXT, with their escapes undone",
          "[codec][parameters]") {
  CHECK(decoded(R"("")") == text(""));
  CHECK(decoded(R"("Ann")") == text("Ann"));
  CHECK(decoded(R"("\"\\\/\b\f\n\r\t")") == text("\"\\/\b\f\n\r\t"));
  CHECK(decoded(R"("a\u0000b")") == text(std::string_view{"a\0b", 3}));
  CHECK(decoded(R"("\u00e4\u20AC")") == text("\xc3\xa4\xe2\x82\xac"));
  CHECK(decoded(R"("\ud83d\ude00")") == text("\xf0\x9f\x98\x80"));
  CHECK(decoded("\"\xf0\x9f\x98\x80\"") == text("\xf0\x9f\x98\x80"));
  CHECK(decoded(R"("7")") == text("7"));
}

TEST_CASE("half of a surrogate pair is not JSON", "[codec][parameters]") {
  for (const auto* json :
       {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")",
        R"("\ud800\u0041")", R"("\ud83d\ud83d")", R"("\udc00\ud800")"})
    check_not_json(json);
}

TEST_CASE("bad escapes and raw control characters are not JSON",
          "[codec][parameters]") {
  for (const auto* json : {R"("\x")", R"("\u12")", R"("\u12g4")", "\"a\tb\"",
                           "\"a\nb\"", "\"\x01\"", "'a'", R"("a)"})
    check_not_json(json);
}

TEST_CASE("an array of bytes is a BLOB", "[codec][parameters]") {
  CHECK(decoded("[]") == bytes({}));
  CHECK(decoded("[ ]") == bytes({}));
  CHECK(decoded("[0]") == bytes({0}));
  CHECK(decoded("[0, 127 ,128,255]") == bytes({0, 127, 128, 255}));
}

TEST_CASE("an array of anything else has no type in SQLite",
          "[codec][parameters]") {
  for (const auto* json : {"[256]", "[-1]", "[1.0]", "[1e1]", "[null]",
                           "[true]", R"(["a"])", "[[1]]", "[[]]", "[{}]",
                           "[1,256]", "[1,2,\"x\"]", "[18446744073709551616]"})
    check_unsupported(json);
}

TEST_CASE("an array that is not JSON is called that", "[codec][parameters]") {
  for (const auto* json :
       {"[01]", "[1,]", "[,1]", "[1 2]", "[tru]", "[nullx]", "[1", "[+1]"})
    check_not_json(json);
}

TEST_CASE("an object with base64 is a BLOB", "[codec][parameters]") {
  CHECK(decoded(R"({"base64":""})") == bytes({}));
  CHECK(decoded(R"({"base64":"AP8="})") == bytes({0, 255}));
  CHECK(decoded(R"({ "base64" : "AP8" })") == bytes({0, 255}));
  CHECK(decoded(R"({"b\u0061se64":"AP\u0038="})") == bytes({0, 255}));
}

TEST_CASE("bad Base64 is named", "[codec][parameters]") {
  for (const auto* json : {R"({"base64":"!"})", R"({"base64":"AP8=="})",
                           R"({"base64":"A P8"})", R"({"base64":"A"})"})
    check_refused(json, "params[0].base64 is not valid Base64");
}

TEST_CASE("any other object has no type in SQLite", "[codec][parameters]") {
  for (const auto* json :
       {"{}", R"({"a":1})", R"({"a":{"b":"}]\""}})", R"({"base64":1})",
        R"({"base64":null})", R"({"base64":["AP8="]})",
        R"({"base64":"AP8=","x":1})", R"({"base64":"","base64":""})",
        R"({"BASE64":""})"})
    check_unsupported(json);
}

TEST_CASE("an object that is not JSON is called that", "[codec][parameters]") {
  for (const auto* json :
       {R"({"base64":nope})", R"({"base64":"AP8=",})", R"({"base64" "AP8="})",
        R"({"base64":01})", R"({base64:""})", R"({"base64":"\ud800"})"})
    check_not_json(json);
}

TEST_CASE("the value in a message is cut at 100 characters, never inside one",
          "[codec][parameters]") {
  auto longest = R"(["x)" + std::string(94, 'a') + R"("])";
  REQUIRE(longest.size() == 99);
  check_unsupported(longest);
  longest.insert(4, "b");
  check_unsupported(longest);
  auto umlauts = std::string{R"([")"};
  for (auto i = 0; i < 5000; ++i)
    umlauts += "\xf0\x9f\x98\x80";
  auto expected = std::string{"not supported for value '"}
                  + umlauts.substr(0, 2 + 98 * 4) + "…'";
  check_refused(umlauts + R"("])", expected);
}

TEST_CASE("deep nesting is refused at once", "[codec][parameters]") {
  const auto depth = std::size_t{200'000};
  const auto arrays = std::string(depth, '[') + std::string(depth, ']');
  check_refused(arrays, "Type 'object' not supported for value '[[[[");
  auto objects = std::string{};
  for (auto i = std::size_t{0}; i < depth; ++i)
    objects += R"({"a":)";
  check_refused(objects + "1" + std::string(depth, '}'),
                R"(Type 'object' not supported for value '{"a":{"a":)");
  // Nothing is closed, which is not looked at any more.
  check_refused(std::string(depth, '['),
                "Type 'object' not supported for value '[[[[");
}

TEST_CASE("named parameters follow the same table", "[codec][parameters]") {
  auto decoder = request_decoder{};
  const auto read = decoder.decode_query(
      R"({"sql":"x","params":{"a":1,":b":2.5,"@c":"t","$d":null,"e":true,)"
      R"("f":[1],"g":{"base64":"AQ"},"":7}})",
      {});
  REQUIRE(read);
  const auto expected = named_parameters{
      {"a", integer(1)}, {":b", real(2.5)}, {"@c", text("t")}, {"$d", value{}},
      {"e", integer(1)}, {"f", bytes({1})}, {"g", bytes({1})}, {"", integer(7)},
  };
  CHECK(std::get<named_parameters>(read->queries.front().params) == expected);
}

TEST_CASE("messages say where a parameter stands", "[codec][parameters]") {
  const auto message = [](std::string_view body) {
    auto decoder = request_decoder{};
    const auto read = decoder.decode_query(body, {});
    return read ? std::string{"decoded"} : read.error().message;
  };
  CHECK(message(R"({"sql":"x","params":[1,{}]})").ends_with("(params[1])"));
  CHECK(message(R"({"sql":"x","params":{"id":{}}})").ends_with("(params.id)"));
  CHECK(message(R"([{"sql":"x"},{"sql":"x","params":[1,{}]}])")
            .ends_with("(queries[1].params[1])"));
  CHECK(message(R"({"queries":[{"sql":"x","params":{":id":[-1]}}]})")
            .ends_with("(queries[0].params.:id)"));
  CHECK(message(R"({"sql":"x","params":{"a":1,"b":2,"\u0061":3}})")
        == "the field 'a' stands twice in params");
  CHECK(message(R"([{"sql":"x","params":{"a":1,"a":3}}])")
        == "the field 'a' stands twice in queries[0].params");
}

} // namespace sluice::codec
