#include "codec/base64.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/target.hpp"

#include <chrono>
#include <span>
#include <string>

#include "security/access_token.hpp"
#include "security/refresh_token.hpp"

/// What clients send as tokens: the input as a token, as the header
/// Authorization, as a refresh token; and, signed, as the claims of one, which
/// nobody without the key gets as far as.
namespace sluice::fuzz {

namespace {

using namespace std::chrono_literals;

constexpr auto now = std::chrono::sys_seconds{1'900'000'000s};
constexpr auto leeway = 5s;

const security::key_ring& keys() {
  static const auto ring
      = security::key_ring::make(
            security::signing_key::from_secret(std::string(32, 's')).value())
            .value();
  return ring;
}

security::access_tokens& tokens() {
  static auto checker = security::access_tokens{
      keys(), {.issuer = "i", .audience = "a", .leeway = leeway}};
  return checker;
}

std::string encode(std::string_view text) {
  return codec::base64url_encode(std::as_bytes(std::span{text}));
}

void expect_one_of_two(const codec::error& failure) {
  expect_presentable(failure);
  expect(failure.code == codec::error_code::unauthenticated
             && (failure.message == "the token is not valid"
                 || failure.message == "the token has expired"),
         "a refusal does not say what is wrong", failure.message);
}

void check_claims(std::string_view json) {
  auto token = keys().signed_header() + "." + encode(json);
  token += "." + encode(keys().signer().sign(token).value());
  const auto claims = tokens().verify(token, now);
  if (!claims) {
    expect_one_of_two(claims.error());
    return;
  }
  expect(token.size() <= security::token_bytes_max,
         "a token beyond its bound is refused");
  expect(claims->subject.user_id > 0, "a user's id is from 1", json);
  expect(!claims->subject.session.empty() && !claims->subject.database.empty(),
         "a token names its session and its database", json);
  expect(claims->issued_at < claims->expires_at
             && claims->issued_at <= now + leeway && claims->expires_at > now,
         "a token's times are around now", json);
  // It is valid until it expires and no longer.
  const auto later = tokens().verify(token, claims->expires_at);
  expect(!later && later.error().message == "the token has expired",
         "a token expires", json);
}

void check_authorization(std::string_view header) {
  const auto token = security::parse_authorization(header);
  if (!token) {
    expect_presentable(token.error());
    expect(token.error().code == codec::error_code::unauthenticated,
           "a header is refused as a token is", token.error().message);
    return;
  }
  expect(header.size() == token->size() + 7 && header.ends_with(*token)
             && header[6] == ' ' && !token->contains(' '),
         "a header is a scheme, a blank and a token", header);
}

void check_refresh_token(std::string_view text) {
  const auto hashes = security::hash_refresh_token(text);
  if (!hashes)
    return;
  const auto bytes = codec::base64url_decode(text);
  expect(bytes && codec::base64url_encode(*bytes) == text,
         "a refresh token has one spelling", text);
  static const auto successors = security::refresh_successors{"a secret"};
  const auto renewed = successors.of(text);
  expect(renewed.hashes.session == hashes->session && renewed.text != text,
         "a renewed token is of the same session", text);
}

} // namespace

bool run_input(std::string_view input) {
  const auto claims = tokens().verify(input, now);
  expect(!claims, "nobody makes a token without the key", input);
  expect_one_of_two(claims.error());
  check_claims(input);
  check_authorization(input);
  check_authorization("Bearer " + std::string{input});
  check_refresh_token(input);
  return true;
}

} // namespace sluice::fuzz
