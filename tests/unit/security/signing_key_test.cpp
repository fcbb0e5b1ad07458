#include "codec/base64.hpp"
#include "tests/unit/security/key_files.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <span>

#include "security/signing_key.hpp"

namespace sluice::tests {

namespace {

using security::key_algorithm;
using security::signing_key;

std::string to_text(std::string_view base64url) {
  const auto bytes = codec::base64url_decode(base64url);
  REQUIRE(bytes);
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

std::string to_base64url(std::string_view text) {
  return codec::base64url_encode(std::as_bytes(std::span{text}));
}

std::string to_hex(std::string_view base64url) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  for (const auto c : to_text(base64url)) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4u];
    result += digits[byte & 15u];
  }
  return result;
}

std::string refusal_of_pem(const std::string& pem) {
  const auto key = signing_key::from_pem(pem);
  REQUIRE_FALSE(key);
  return key.error().message;
}

} // namespace

TEST_CASE("HS256 is what RFC 7515 A.1 says", "[security]") {
  const auto key = signing_key::from_bytes(
      to_text("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0"
              "iPS4hcgUuTwjAzZr1Z9CAow"));
  REQUIRE(key);
  const auto input = std::string{
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN"
      "vbS9pc19yb290Ijp0cnVlfQ"};
  const auto signature = std::string{"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_"
                                     "wW1gFWFOEjXk"};
  CHECK(to_base64url(key->sign(input).value()) == signature);
  CHECK(key->verify(input, to_text(signature)));
  CHECK(key->algorithm() == key_algorithm::hs256);
}

TEST_CASE("EdDSA is what RFC 8037 A.1 to A.5 say", "[security]") {
  const auto pem
      = pem_of("PRIVATE KEY",
               "302e020100300506032b657004220420"
                   + to_hex("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
  const auto key = signing_key::from_pem(pem);
  REQUIRE(key);
  const auto input
      = std::string{"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"};
  const auto signature = std::string{
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7"
      "sVvpAr_MuM0KAg"};
  CHECK(to_base64url(key->sign(input).value()) == signature);
  CHECK(key->verify(input, to_text(signature)));
  CHECK(key->kid() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  CHECK(key->public_jwk()
        == R"({"crv":"Ed25519","kty":"OKP",)"
           R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
           R"("alg":"EdDSA","use":"sig",)"
           R"("kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
}

TEST_CASE("ES256 verifies what RFC 7515 A.3 signed", "[security]") {
  const auto key = signing_key::from_pem(
      pem_of("PUBLIC KEY",
             "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                 + to_hex("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
                 + to_hex("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  REQUIRE(key);
  CHECK(key->algorithm() == key_algorithm::es256);
  CHECK_FALSE(key->can_sign());
  const auto input = std::string{
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN"
      "vbS9pc19yb290Ijp0cnVlfQ"};
  auto signature
      = to_text("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISl"
                "SApmWQxfKTUJqPP3-Kg6NU1Q");
  CHECK(key->verify(input, signature));
  CHECK_FALSE(key->verify(input + "A", signature));
  signature[40] ^= 1;
  CHECK_FALSE(key->verify(input, signature));
  CHECK(key->public_jwk().contains("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvR"));
}

TEST_CASE("what a private key signs, its public half verifies", "[security]") {
  const auto type = GENERATE(ed25519, p256);
  const auto pem = make_private_pem(type);
  const auto both = signing_key::from_pem(pem);
  const auto only_public = signing_key::from_pem(public_pem_of(pem));
  const auto other = signing_key::from_pem(make_private_pem(type));
  REQUIRE(both);
  REQUIRE(only_public);
  REQUIRE(other);
  CHECK(both->can_sign());
  CHECK_FALSE(only_public->can_sign());
  CHECK_FALSE(only_public->sign("text"));
  CHECK(both->kid() == only_public->kid());
  CHECK(both->kid() != other->kid());
  CHECK(both->public_jwk() == only_public->public_jwk());
  // Numbers with a leading zero, which ASN.1 writes shorter, are among them.
  for (auto i = 0; i < 600; ++i) {
    const auto input = "text " + std::to_string(i);
    const auto signature = both->sign(input);
    REQUIRE(signature);
    REQUIRE(signature->size() == 64);
    REQUIRE(only_public->verify(input, *signature));
    if (i % 100 == 0) {
      CHECK_FALSE(other->verify(input, *signature));
      CHECK_FALSE(only_public->verify(input + " ", *signature));
    }
  }
}

TEST_CASE("a signature of another length or of zeros is none", "[security]") {
  const auto type = GENERATE(ed25519, p256);
  const auto key = signing_key::from_pem(make_private_pem(type));
  REQUIRE(key);
  const auto signature = key->sign("text").value();
  CHECK_FALSE(key->verify("text", {}));
  CHECK_FALSE(key->verify("text", signature.substr(1)));
  CHECK_FALSE(key->verify("text", signature + '\0'));
  CHECK_FALSE(key->verify("text", std::string(64, '\0')));
  CHECK_FALSE(key->verify("text", std::string(64, '\xff')));
}

TEST_CASE("a secret is one word of at least 32 characters", "[security]") {
  const auto refusal_of = [](std::string secret) {
    const auto key = signing_key::from_secret(std::move(secret));
    REQUIRE_FALSE(key);
    CHECK(key.error().code == codec::error_code::bad_request);
    return key.error().message;
  };
  const auto good = std::string(32, 's');
  REQUIRE(signing_key::from_secret(good));
  CHECK(signing_key::from_secret(good)->can_sign());
  CHECK(signing_key::from_secret(good)->public_jwk().empty());
  CHECK(refusal_of(std::string(31, 's'))
        == "has 31 bytes; a secret has 32 to 4096");
  CHECK(refusal_of(std::string(4'097, 's')).contains("32 to 4096"));
  CHECK(refusal_of("").contains("has 0 bytes"));
  CHECK(refusal_of(good + " " + good).contains("visible ASCII"));
  CHECK(refusal_of(good + "\xff").contains("visible ASCII"));
  CHECK(refusal_of(std::string(40, '\0')).contains("visible ASCII"));
}

TEST_CASE("a PEM file is never taken for a secret", "[security]") {
  // With the public key as the secret anybody could make tokens.
  const auto pem = public_pem_of(make_private_pem(ed25519));
  for (const auto& text : {pem, " " + pem, "x" + pem}) {
    const auto key = signing_key::from_secret(text);
    REQUIRE_FALSE(key);
    CHECK(key.error().message == "is a PEM file, not a secret");
  }
}

TEST_CASE("keys tell themselves apart by their kid", "[security]") {
  const auto a = signing_key::from_secret(std::string(32, 'a'));
  const auto b = signing_key::from_secret(std::string(32, 'b'));
  CHECK(a->kid() != b->kid());
  CHECK(a->kid() == signing_key::from_secret(std::string(32, 'a'))->kid());
  CHECK(a->kid().size() == 16);
  CHECK_FALSE(a->verify("text", b->sign("text").value()));
}

TEST_CASE("a key of another kind is refused with what to do", "[security]") {
  CHECK(refusal_of_pem(make_rsa_pem()).contains("Ed25519"));
  CHECK(refusal_of_pem(make_private_pem(p384)).contains("P-256"));
  CHECK(refusal_of_pem(make_private_pem({"ED448"})).contains("Ed25519"));
  CHECK(refusal_of_pem(make_private_pem({"X25519"})).contains("Ed25519"));
}

TEST_CASE("an encrypted or damaged PEM file is refused, and nobody is asked "
          "for a password",
          "[security]") {
  const auto pem = make_private_pem(ed25519);
  CHECK(refusal_of_pem(encrypt_pem(pem)).contains("without a password"));
  CHECK(refusal_of_pem("").contains("no private or public key"));
  CHECK(refusal_of_pem(pem.substr(0, pem.size() / 2))
            .contains("no private or public key"));
  CHECK(refusal_of_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
                       "CERTIFICATE-----\n")
            .contains("no private or public key"));
}

} // namespace sluice::tests
