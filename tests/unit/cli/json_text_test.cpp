#include "cli/json_text.hpp"
#include "cli/parameter.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::cli {

TEST_CASE("JSON is indented and numbers keep their digits") {
  CHECK(pretty_json(R"([{"a":1.10,"b":[9223372036854775807,1e+22],"c":"ä\n"}])")
        == "[\n  {\n    \"a\": 1.10,\n    \"b\": [\n"
           "      9223372036854775807,\n      1e+22\n    ],\n"
           "    \"c\": \"ä\\n\"\n  }\n]");
  CHECK(pretty_json("{}") == "{}");
  CHECK(pretty_json("null") == "null");
}

TEST_CASE("what is no JSON stays as it is") {
  CHECK(pretty_json("oops {") == "oops {");
  CHECK(pretty_json("") == "");
}

TEST_CASE("a parameter that is JSON is taken as that") {
  for (const auto* json :
       {"7", "-7", "1.50", "1e3", "null", "true", "false", "\"7\"", "[1,2]",
        R"({"base64":"AAE="})", "123456789012345678901234567890"}) {
    CAPTURE(json);
    CHECK(*parameter_json(json) == json);
  }
}

TEST_CASE("a parameter that is no JSON is a text") {
  CHECK(*parameter_json("Ann") == "\"Ann\"");
  CHECK(*parameter_json("") == "\"\"");
  CHECK(*parameter_json("007") == "\"007\"");
  CHECK(*parameter_json("NaN") == "\"NaN\"");
  CHECK(*parameter_json("1 2") == "\"1 2\"");
  CHECK(*parameter_json("say \"x\"") == R"("say \"x\"")");
  CHECK(*parameter_json("{\"a\":") == R"("{\"a\":")");
  CHECK(parameter_json(std::string(100'000, '['))->front() == '"');
}

TEST_CASE("a parameter that is no UTF-8 is refused") {
  const auto refused = parameter_json("a\xFF");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == exit_code::usage);
}

} // namespace sluice::cli
