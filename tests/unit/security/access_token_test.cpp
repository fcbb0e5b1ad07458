#include "codec/base64.hpp"
#include "tests/unit/security/key_files.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include "security/access_token.hpp"

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using security::access_tokens;
using security::key_ring;
using security::signing_key;

const auto now = std::chrono::sys_seconds{1'900'000'000s};
const auto ann = security::token_subject{7, "session-of-ann", "app"};
const auto secret = std::string(32, 's');

signing_key secret_key(const std::string& text = secret) {
  return signing_key::from_secret(text).value();
}

key_ring ring_of(signing_key key) {
  return key_ring::make(std::move(key)).value();
}

std::string encode(std::string_view text) {
  return codec::base64url_encode(std::as_bytes(std::span{text}));
}

/// A token with any content, signed by the ring's key.
std::string forge(const key_ring& ring, std::string_view header,
                  std::string_view claims) {
  const auto input = std::string{header} + "." + encode(claims);
  return input + "." + encode(ring.signer().sign(input).value());
}

const auto good_claims = std::string{
    R"({"iss":"sluice","aud":"sluice","sub":"7","sid":"s","db":"app",)"
    R"("iat":1899999990,"exp":1900000100})"};

std::string replaced(std::string text, std::string_view from,
                     std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

std::string refusal_of(access_tokens& tokens, std::string_view token,
                       access_tokens::time_point when = now) {
  const auto claims = tokens.verify(token, when);
  CAPTURE(token);
  REQUIRE_FALSE(claims);
  CHECK(claims.error().code == codec::error_code::unauthenticated);
  return claims.error().message;
}

const auto invalid = std::string{"the token is not valid"};

} // namespace

TEST_CASE("a token says whom it speaks for, with any kind of key",
          "[security]") {
  const auto kind = GENERATE(0, 1, 2);
  const auto ring = ring_of(
      kind == 0   ? secret_key()
      : kind == 1 ? signing_key::from_pem(make_private_pem(ed25519)).value()
                  : signing_key::from_pem(make_private_pem(p256)).value());
  auto tokens = access_tokens{ring, {}};
  const auto token = tokens.issue(ann, now + 300ms).value();
  CHECK(token.size() < security::token_bytes_max / 2);
  const auto claims = tokens.verify(token, now + 10s);
  REQUIRE(claims);
  CHECK(claims->subject == ann);
  CHECK(claims->issued_at == now);
  CHECK(claims->expires_at == now + 900s);
}

TEST_CASE("a token is good until the second it expires", "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {.lifetime = 60s}};
  const auto token = tokens.issue(ann, now).value();
  CHECK(tokens.verify(token, now + 59'999ms));
  CHECK(refusal_of(tokens, token, now + 60s) == "the token has expired");
}

TEST_CASE("a token from the future is refused beyond the leeway",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {.leeway = 5s}};
  CHECK(tokens.verify(tokens.issue(ann, now + 5s).value(), now));
  CHECK(refusal_of(tokens, tokens.issue(ann, now + 6s).value()) == invalid);
}

TEST_CASE("a token for others is refused", "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  auto elsewhere = access_tokens{ring, {.issuer = "other"}};
  auto for_others = access_tokens{ring, {.audience = "other"}};
  CHECK(refusal_of(tokens, elsewhere.issue(ann, now).value()) == invalid);
  CHECK(refusal_of(tokens, for_others.issue(ann, now).value()) == invalid);
}

TEST_CASE("a token that is not good yet is refused beyond the leeway",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {.leeway = 5s}};
  const auto seconds
      = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())
            .count();
  const auto not_before = [&ring](const std::string& value) {
    return forge(
        ring, ring.signed_header(),
        replaced(good_claims, R"("iat":)", "\"nbf\":" + value + R"(,"iat":)"));
  };
  for (const auto good : {seconds - 60, seconds, seconds + 5})
    CHECK(tokens.verify(not_before(std::to_string(good)), now));
  for (const auto& wrong :
       {std::to_string(seconds + 6), std::string{"\"soon\""},
        std::string{"null"}, std::string{"-1"}, std::string{"1e300"}})
    CHECK(refusal_of(tokens, not_before(wrong)) == invalid);
}

TEST_CASE("each claim must be there, once, and of its kind", "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  const auto with = [&](std::string_view from, std::string_view to) {
    return forge(ring, ring.signed_header(), replaced(good_claims, from, to));
  };
  CHECK(tokens.verify(forge(ring, ring.signed_header(), good_claims), now));
  const auto wrong = std::vector<std::pair<std::string, std::string>>{
      {R"("iss":"sluice",)", ""},
      {R"("iss":"sluice")", R"("iss":"")"},
      {R"("iss":"sluice")", R"("iss":["sluice"])"},
      {R"("aud":"sluice",)", ""},
      {R"("aud":"sluice")", R"("aud":["sluice"])"},
      {R"("aud":"sluice")", R"("aud":"sluice2")"},
      {R"("sub":"7",)", ""},
      {R"("sub":"7")", R"("sub":7)"},
      {R"("sub":"7")", R"("sub":"0")"},
      {R"("sub":"7")", R"("sub":"-7")"},
      {R"("sub":"7")", R"("sub":"+7")"},
      {R"("sub":"7")", R"("sub":"07")"},
      {R"("sub":"7")", R"("sub":" 7")"},
      {R"("sub":"7")", R"("sub":"7 OR 1=1")"},
      {R"("sub":"7")", R"("sub":"99999999999999999999")"},
      {R"("sid":"s",)", ""},
      {R"("sid":"s")", R"("sid":"")"},
      {R"("db":"app",)", ""},
      {R"("db":"app")", R"("db":null)"},
      {R"("iat":1899999990,)", ""},
      {R"("iat":1899999990)", R"("iat":"1899999990")"},
      {R"("iat":1899999990)", R"("iat":1.5e9)"},
      {R"("iat":1899999990)", R"("iat":-1)"},
      {R"("iat":1899999990)", R"("iat":1900000006)"},
      {R"("iat":1899999990)", R"("iat":1900000100)"},
      {R"("iat":1899999990)", R"("iat":9223372036854775807)"},
      {R"(,"exp":1900000100)", ""},
      {R"("exp":1900000100)", R"("exp":"1900000100")"},
      {R"("exp":1900000100)", R"("exp":null)"},
      {R"("exp":1900000100)", R"("exp":1e99)"},
      {R"("exp":1900000100)", R"("exp":9223372036854775807)"},
      // More nanoseconds than the clock can count.
      {R"("exp":1900000100)", R"("exp":9223372037)"},
      {R"("exp":1900000100)", R"("exp":190000010000)"},
      {R"("exp":1900000100)", R"("exp":99999999999999999999)"},
      // Twice: which one would others take?
      {R"("sub":"7")", R"("sub":"7","sub":"8")"},
      {R"("exp":1900000100)", R"("exp":1900000100,"exp":1990000000)"},
      {R"("sub":"7")", R"("sub":"7","su\u0062":"8")"},
      // Nothing of it is looked into.
      {R"("db":"app")", R"("db":"app","cnf":{"jkt":"x"})"},
  };
  for (const auto& [from, to] : wrong) {
    CAPTURE(from, to);
    CHECK(refusal_of(tokens, with(from, to)) == invalid);
  }
  // What a later version may add does no harm.
  CHECK(tokens.verify(with(R"("db":"app")", R"("db":"app","jti":"x")"), now));
}

TEST_CASE("what is no JSON object is no token, even if it is signed",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  for (const auto* claims : {"", "{}", "[]", "null", "7", "\"text\"", "{",
                             "{\"a\":1}}", "\xff", "{\"iss\":\"sluice\"}{}"}) {
    CAPTURE(claims);
    CHECK(refusal_of(tokens, forge(ring, ring.signed_header(), claims))
          == invalid);
  }
  auto many = std::string{"{"};
  for (auto i = 0; i < 40; ++i)
    many += "\"c" + std::to_string(i) + "\":1,";
  CHECK(refusal_of(tokens, forge(ring, ring.signed_header(),
                                 many + good_claims.substr(1)))
        == invalid);
}

TEST_CASE("a token cannot choose its algorithm", "[security]") {
  const auto pem = make_private_pem(GENERATE(ed25519, p256));
  const auto public_pem = public_pem_of(pem);
  const auto ring = ring_of(signing_key::from_pem(pem).value());
  auto tokens = access_tokens{ring, {}};
  const auto& kid = ring.signer().kid();
  const auto header = [&kid](std::string_view alg) {
    return encode(R"({"alg":")" + std::string{alg} + R"(","kid":")" + kid
                  + R"(","typ":"JWT"})");
  };
  const auto unsigned_part = "." + encode(good_claims) + ".";
  for (const auto* none : {"none", "None", "NONE", "nOnE", ""}) {
    CHECK(refusal_of(tokens, header(none) + unsigned_part) == invalid);
    CHECK(refusal_of(tokens, forge(ring, header(none), good_claims))
          == invalid);
  }
  // The public key as the secret of an HMAC.
  for (const auto& as_secret :
       {public_pem, public_pem.substr(0, public_pem.size() - 1)}) {
    const auto hmac = ring_of(signing_key::from_bytes(as_secret).value());
    CHECK(refusal_of(tokens, forge(hmac, header("HS256"), good_claims))
          == invalid);
    CHECK(refusal_of(tokens, forge(hmac, ring.signed_header(), good_claims))
          == invalid);
  }
  CHECK(refusal_of(tokens, forge(ring, header("HS256"), good_claims))
        == invalid);
  CHECK(refusal_of(tokens, forge(ring, header("ES384"), good_claims))
        == invalid);
}

TEST_CASE("a header is the one that its key writes, or the token is refused",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  const auto kid = ring.signer().kid();
  for (const auto& header :
       {std::string{R"({"alg":"HS256"})"}, std::string{"{}"}, std::string{},
        R"({"alg":"HS256","kid":"other","typ":"JWT"})" + std::string{},
        R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT","crit":["b64"]})",
        R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT","jwk":{}})",
        R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT","alg":"none"})",
        R"({"typ":"JWT","alg":"HS256","kid":")" + kid + R"("})",
        R"({"alg":"HS256","kid":"../../dev/null","typ":"JWT"})"
            + std::string{}}) {
    CAPTURE(header);
    CHECK(refusal_of(tokens, forge(ring, encode(header), good_claims))
          == invalid);
  }
}

TEST_CASE("a token has three parts in base64url and at most 2048 bytes",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  const auto token = tokens.issue(ann, now).value();
  REQUIRE(tokens.verify(token, now));
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  for (const auto& wrong :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."},
        token.substr(0, first), token.substr(0, last),
        token.substr(0, last + 1), token + ".", token + ".AAAA", "." + token,
        token + "=", token + " ", " " + token, token + "\n", token + "A",
        token + std::string(1, '\0'),
        std::string(security::token_bytes_max + 1, 'A')}) {
    CAPTURE(wrong);
    CHECK(refusal_of(tokens, wrong) == invalid);
  }
  // Each character changed: nothing of it is free.
  for (auto i = std::size_t{0}; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    REQUIRE(refusal_of(tokens, changed) == invalid);
  }
  // A signature that decodes to the same bytes, written in another way.
  auto loose = token;
  const auto letters = std::string_view{
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
  loose.back() = letters[letters.find(loose.back()) + 1];
  CHECK(refusal_of(tokens, loose) == invalid);
}

TEST_CASE("a token that is too large is refused though it is signed",
          "[security]") {
  const auto ring = ring_of(secret_key());
  auto tokens = access_tokens{ring, {}};
  const auto large
      = forge(ring, ring.signed_header(),
              replaced(good_claims, "\"sid\":\"s\"",
                       "\"sid\":\"" + std::string(1'500, 's') + "\""));
  REQUIRE(large.size() > security::token_bytes_max);
  CHECK(refusal_of(tokens, large) == invalid);
}

TEST_CASE("a key that takes over leaves the old one's tokens good while it is "
          "accepted",
          "[security]") {
  const auto old_ring = ring_of(secret_key());
  auto old_tokens = access_tokens{old_ring, {}};
  const auto old_token = old_tokens.issue(ann, now).value();
  auto ring = ring_of(signing_key::from_pem(make_private_pem(p256)).value());
  auto tokens = access_tokens{ring, {}};
  CHECK(refusal_of(tokens, old_token) == invalid);
  ring.accept(secret_key());
  CHECK(tokens.verify(old_token, now));
  CHECK(tokens.verify(tokens.issue(ann, now).value(), now));
  // Not the other way round: an accepted key does not sign.
  CHECK_FALSE(old_tokens.verify(tokens.issue(ann, now).value(), now));
}

TEST_CASE("a token of an unknown key is refused, whatever it says",
          "[security]") {
  const auto ring = ring_of(secret_key());
  const auto strange = ring_of(secret_key(std::string(32, 't')));
  auto tokens = access_tokens{ring, {}};
  CHECK(refusal_of(tokens, access_tokens{strange, {}}.issue(ann, now).value())
        == invalid);
  // With the header of the known one.
  CHECK(refusal_of(tokens, forge(strange, ring.signed_header(), good_claims))
        == invalid);
}

} // namespace sluice::tests
