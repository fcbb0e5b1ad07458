#include <catch2/catch_test_macros.hpp>

#include "security/access_token.hpp"

namespace sluice::tests {

TEST_CASE("Authorization is Bearer, a space, and a token", "[security]") {
  CHECK(security::parse_authorization("Bearer a.b-c_D.9") == "a.b-c_D.9");
  // RFC 9110: a scheme's case does not matter.
  CHECK(security::parse_authorization("bearer abc") == "abc");
  const auto longest = std::string(security::token_bytes_max, 'x');
  CHECK(security::parse_authorization("Bearer " + longest) == longest);
  for (const auto& wrong :
       {std::string{""}, std::string{"Bearer"}, std::string{"Bearer "},
        std::string{"Bearer  abc"}, std::string{"Bearer abc "},
        std::string{" Bearer abc"}, std::string{"Bearer\tabc"},
        std::string{"Bearerabc"}, std::string{"Basic abc"}, std::string{"abc"},
        std::string{"Bearer a b"}, std::string{"Bearer a,b"},
        std::string{"Bearer abc="}, std::string{"Bearer a+b/c"},
        std::string{"Bearer \"abc\""}, std::string{"Bearer abc\r\nX: y"},
        std::string{"Bearer abc\0", 11}, std::string{"Bearer \xc3\xa4"},
        "Bearer " + longest + "x"}) {
    CAPTURE(wrong);
    const auto token = security::parse_authorization(wrong);
    REQUIRE_FALSE(token);
    CHECK(token.error().code == codec::error_code::unauthenticated);
    CHECK(token.error().message.contains("Authorization"));
  }
}

} // namespace sluice::tests
