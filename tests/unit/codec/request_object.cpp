#include "codec/query_request.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::codec {

namespace {

result<request_object> decode(std::string_view body,
                              const decode_limits& limits = {}) {
  auto decoder = request_decoder{};
  return decoder.decode_object(body, limits);
}

field_value member(std::string_view body, std::string_view name) {
  const auto object = decode(body);
  REQUIRE(object);
  const auto* found = object->find(name);
  REQUIRE(found != nullptr);
  return *found;
}

} // namespace

TEST_CASE("an object keeps the types of its members", "[codec][object]") {
  constexpr auto body
      = R"({"n":null,"b":true,"f":false,"i":7,"r":7.0,"s":"a\u00e4","o":{"x":1},)"
        R"("a":[1,{}],"l":[{"x":1},{"y":[2]}],"e":[]})";
  CHECK(std::holds_alternative<std::monostate>(member(body, "n")));
  CHECK(std::get<bool>(member(body, "b")));
  CHECK_FALSE(std::get<bool>(member(body, "f")));
  CHECK(std::get<std::int64_t>(member(body, "i")) == 7);
  CHECK(std::get<double>(member(body, "r")) == 7.0);
  CHECK(std::get<std::string>(member(body, "s")) == "a\xc3\xa4");
  CHECK(type_name(member(body, "o")) == "an object");
  CHECK(type_name(member(body, "a")) == "an array");
  const auto list = std::get<object_list>(member(body, "l"));
  REQUIRE(list.size() == 2);
  CHECK(std::get<std::int64_t>(*list[0].find("x")) == 1);
  CHECK(type_name(*list[1].find("y")) == "an array");
  CHECK(std::get<object_list>(member(body, "e")).empty());
  CHECK(decode(body)->find("z") == nullptr);
}

TEST_CASE("an empty body is an empty object", "[codec][object]") {
  CHECK(decode("")->members.empty());
  CHECK(decode("{}")->members.empty());
}

TEST_CASE("what is no object, or no JSON, is refused", "[codec][object]") {
  for (const auto* body :
       {"[]", "1", "null", "\"a\"", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{\"a\":1}x", "{\"a\":nul}", "{\"a\":tru}", "{\"a\":01}",
        "{\"a\":1,\"a\":2}", "{\"a\":[{\"b\":1,\"b\":2}]}", "{\"a\":[{]}",
        "{\"a\":1e999}", "{\"a\":\"\xff\"}"}) {
    CAPTURE(body);
    const auto object = decode(body);
    REQUIRE_FALSE(object);
    CHECK(object.error().code == error_code::bad_request);
  }
}

TEST_CASE("an object has bounds", "[codec][object]") {
  CHECK(decode(R"({"a":"123"})", {.value_bytes_max = 2}).error().code
        == error_code::too_large);
  CHECK(decode(R"({"a":1,"b":2})", {.parameters_max = 1}).error().code
        == error_code::too_large);
  CHECK(decode(R"({"a":[{},{}]})", {.batch_statements_max = 1}).error().code
        == error_code::too_large);
}

} // namespace sluice::codec
