#include "tests/integration/server/nats_accounts.hpp"

#include <sodium.h>

#include <array>
#include <string_view>

namespace sluice::tests {

namespace {

/// The first key of RFC 8032, section 7.1, is that of all three.
constexpr auto seed_hex = std::string_view{
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"};
constexpr auto operator_key
    = "ODLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRVH7S";
constexpr auto account_key
    = "ADLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRVRTU";

std::string base64_url(const unsigned char* bytes, std::size_t size) {
  constexpr auto variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  auto result = std::string(sodium_base64_encoded_len(size, variant), '\0');
  sodium_bin2base64(result.data(), result.size(), bytes, size, variant);
  // It ends with a NUL.
  result.pop_back();
  return result;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64_url(const std::string& text) {
  return base64_url(bytes_of(text), text.size());
}

std::string signature(const std::string& text) {
  auto seed = std::array<unsigned char, crypto_sign_SEEDBYTES>{};
  sodium_hex2bin(seed.data(), seed.size(), seed_hex.data(), seed_hex.size(),
                 nullptr, nullptr, nullptr);
  auto public_key = std::array<unsigned char, crypto_sign_PUBLICKEYBYTES>{};
  auto secret_key = std::array<unsigned char, crypto_sign_SECRETKEYBYTES>{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(), seed.data());
  auto result = std::array<unsigned char, crypto_sign_BYTES>{};
  crypto_sign_detached(result.data(), nullptr, bytes_of(text), text.size(),
                       secret_key.data());
  return base64_url(result.data(), result.size());
}

/// @param claims members of "nats".
std::string token(const std::string& issuer, const std::string& subject,
                  const std::string& claims) {
  const auto text
      = base64_url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "."
        + base64_url(R"({"jti":"1","iat":1700000000,"iss":")" + issuer
                     + R"(","name":"test","sub":")" + subject
                     + R"(","nats":{"version":2,)" + claims + "}}");
  return text + "." + signature(text);
}

} // namespace

std::string accounts_configuration() {
  const auto by_operator
      = token(operator_key, operator_key, R"("type":"operator")");
  const auto account = token(
      operator_key, account_key,
      R"("type":"account","limits":{"subs":-1,"data":-1,"payload":-1,)"
      R"("imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1})");
  return "operator: " + by_operator + "\nsystem_account: " + account_key
         + "\nresolver: MEMORY\nresolver_preload: { " + account_key + ": "
         + account + " }\n";
}

std::string user_credentials() {
  return "-----BEGIN NATS USER JWT-----\n"
         + token(account_key, user_key,
                 R"("type":"user","subs":-1,"data":-1,"payload":-1)")
         + "\n------END NATS USER JWT------\n\n"
           "-----BEGIN USER NKEY SEED-----\n"
         + user_seed + "\n------END USER NKEY SEED------\n";
}

} // namespace sluice::tests
