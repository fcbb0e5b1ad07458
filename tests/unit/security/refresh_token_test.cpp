#include <catch2/catch_test_macros.hpp>

#include "security/refresh_token.hpp"

namespace sluice::tests {

using security::hash_refresh_token;

TEST_CASE("a refresh token is 43 letters, and only its hashes are stored",
          "[security]") {
  const auto token = security::make_refresh_token();
  CHECK(token.text.size() == 43);
  CHECK(
      token.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789-_")
      == token.text.npos);
  const auto hashes = hash_refresh_token(token.text);
  REQUIRE(hashes);
  CHECK(hashes->session == token.hashes.session);
  CHECK(hashes->whole == token.hashes.whole);
  CHECK(hashes->session.bytes.size() == 32);
  CHECK(hashes->session != hashes->whole);
  CHECK(security::make_refresh_token().text != token.text);
}

TEST_CASE("a renewed token is of the same session and is another",
          "[security]") {
  const auto first = security::make_refresh_token();
  const auto successors = security::refresh_successors{"a secret"};
  const auto second = successors.of(first.text);
  CHECK(second.text != first.text);
  CHECK(second.hashes.session == first.hashes.session);
  CHECK(second.hashes.whole != first.hashes.whole);
  CHECK(hash_refresh_token(second.text)->whole == second.hashes.whole);
  const auto other = security::make_refresh_token();
  CHECK(other.hashes.session != first.hashes.session);
}

TEST_CASE("a token has one successor, which only the server's secret tells",
          "[security]") {
  const auto first = security::make_refresh_token();
  const auto ours = security::refresh_successors{"a secret"};
  const auto second = ours.of(first.text);
  CHECK(security::refresh_successors{"a secret"}.of(first.text).text
        == second.text);
  CHECK(security::refresh_successors{"another"}.of(first.text).text
        != second.text);
  // Of any length.
  CHECK(security::refresh_successors{std::string(500, 'x')}
            .of(first.text)
            .hashes.session
        == first.hashes.session);
  CHECK(ours.of(second.text).text != first.text);
  CHECK(ours.of(second.text).text != second.text);
}

TEST_CASE("what is no refresh token has no hashes", "[security]") {
  const auto token = security::make_refresh_token().text;
  for (const auto& wrong :
       {std::string{}, token.substr(1), token + "A", token + "=",
        std::string(43, '='), std::string(43, ' '), std::string(43, '\xff'),
        std::string(43, '+'), token.substr(0, 42) + "/",
        // The last letter has two bits that must be zero.
        token.substr(0, 42) + "B", std::string(100'000, 'A')}) {
    CAPTURE(wrong);
    CHECK_FALSE(hash_refresh_token(wrong));
  }
}

TEST_CASE("a session's name is 22 letters, and each has another",
          "[security]") {
  CHECK(security::make_session_id().size() == 22);
  CHECK(security::make_session_id() != security::make_session_id());
}

} // namespace sluice::tests
