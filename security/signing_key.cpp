#include "security/signing_key.hpp"

#include "codec/base64.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::security {

using codec::error_code;

namespace {

template <auto Free>
struct freeing {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freeing<BIO_vfree>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freeing<EVP_MD_CTX_free>>;
using number_ptr = std::unique_ptr<BIGNUM, freeing<BN_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, freeing<ECDSA_SIG_free>>;

/// A coordinate of P-256, and each half of its signatures.
constexpr auto coordinate_bytes = std::size_t{32};
constexpr auto signature_bytes = std::size_t{64};
constexpr auto ed25519_key_bytes = std::size_t{32};
/// The larger half of the numbers that an ASN.1 signature of P-256 may take.
constexpr auto asn1_signature_bytes_max = std::size_t{80};
constexpr auto secret_kid_bytes = std::size_t{16};

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64url(std::span<const unsigned char> bytes) {
  return codec::base64url_encode(std::as_bytes(bytes));
}

std::unexpected<codec::error> bad(std::string message) {
  // OpenSSL keeps its own list per thread, which nobody else would empty.
  ERR_clear_error();
  return codec::fail(error_code::bad_request, std::move(message));
}

/// Asked for the password of an encrypted key; without it OpenSSL would ask at
/// the terminal.
int refuse_password(char*, int, int, void*) noexcept {
  return -1;
}

std::string hash_to_kid(const std::string& canonical_jwk) {
  auto digest = std::array<unsigned char, crypto_hash_sha256_BYTES>{};
  crypto_hash_sha256(digest.data(), bytes_of(canonical_jwk),
                     canonical_jwk.size());
  return to_base64url(digest);
}

std::string coordinate_of(const EVP_PKEY* key, const char* which) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, which, &raw) != 1)
    return {};
  const auto number = number_ptr{raw};
  auto bytes = std::array<unsigned char, coordinate_bytes>{};
  if (BN_bn2binpad(number.get(), bytes.data(), bytes.size()) < 0)
    return {};
  return to_base64url(bytes);
}

bool is_p256(const EVP_PKEY* key) {
  auto group = std::array<char, 64>{};
  auto size = std::size_t{0};
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1
         && std::string_view{group.data(), size} == "prime256v1";
}

/// The members that RFC 7638 hashes, in its order.
std::string canonical_jwk_of(const EVP_PKEY* key, key_algorithm algorithm) {
  if (algorithm == key_algorithm::eddsa) {
    auto raw = std::array<unsigned char, ed25519_key_bytes>{};
    auto size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1
        || size != raw.size())
      return {};
    return R"({"crv":"Ed25519","kty":"OKP","x":")" + to_base64url(raw) + "\"}";
  }
  const auto x = coordinate_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
  const auto y = coordinate_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  if (x.empty() || y.empty())
    return {};
  return R"({"crv":"P-256","kty":"EC","x":")" + x + R"(","y":")" + y + "\"}";
}

/// ECDSA's two numbers as RFC 7515 has them, one behind the other.
std::string to_fixed(std::string_view asn1) {
  const auto* at = bytes_of(asn1);
  const auto parsed
      = ecdsa_ptr{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(asn1.size()))};
  if (!parsed)
    return {};
  auto result = std::string(signature_bytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(result.data());
  const auto half = static_cast<int>(coordinate_bytes);
  if (BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, half) < 0
      || BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out + half, half) < 0)
    return {};
  return result;
}

std::string to_asn1(std::string_view fixed) {
  const auto half = static_cast<int>(coordinate_bytes);
  auto r = number_ptr{BN_bin2bn(bytes_of(fixed), half, nullptr)};
  auto s = number_ptr{BN_bin2bn(bytes_of(fixed) + half, half, nullptr)};
  const auto both = ecdsa_ptr{ECDSA_SIG_new()};
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1)
    return {};
  // They belong to `both` now.
  std::ignore = r.release();
  std::ignore = s.release();
  auto buffer = std::array<unsigned char, asn1_signature_bytes_max>{};
  auto* out = buffer.data();
  const auto size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > buffer.size()
      || i2d_ECDSA_SIG(both.get(), &out) != size)
    return {};
  return {reinterpret_cast<const char*>(buffer.data()),
          static_cast<std::size_t>(size)};
}

/// Ed25519 hashes by itself.
const EVP_MD* digest_of(key_algorithm algorithm) {
  return algorithm == key_algorithm::es256 ? EVP_sha256() : nullptr;
}

using hmac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

hmac compute_hmac(std::string_view secret, std::string_view input) {
  auto state = crypto_auth_hmacsha256_state{};
  auto result = hmac{};
  crypto_auth_hmacsha256_init(&state, bytes_of(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(input), input.size());
  crypto_auth_hmacsha256_final(&state, result.data());
  return result;
}

} // namespace

struct signing_key::impl {
  key_algorithm algorithm = key_algorithm::hs256;
  std::string kid = {};
  std::string jwk = {};
  bool can_sign = true;
  /// Of HS256.
  std::string secret = {};
  /// Of the others.
  key_ptr key = {};

  impl() = default;
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  ~impl() {
    sodium_memzero(secret.data(), secret.size());
  }

  [[nodiscard]] codec::result<void> describe();
  [[nodiscard]] std::string sign_with_key(std::string_view input) const;
};

std::string_view name(key_algorithm algorithm) noexcept {
  switch (algorithm) {
  case key_algorithm::hs256:
    return "HS256";
  case key_algorithm::eddsa:
    return "EdDSA";
  default:
    return "ES256";
  }
}

bool is_pem(std::string_view text) noexcept {
  return text.contains("-----BEGIN");
}

signing_key::signing_key(std::unique_ptr<impl> state) noexcept
    : impl_{std::move(state)} {
  // nop
}

signing_key::signing_key(signing_key&&) noexcept = default;
signing_key& signing_key::operator=(signing_key&&) noexcept = default;
signing_key::~signing_key() = default;

codec::result<signing_key> signing_key::from_secret(std::string secret) {
  if (is_pem(secret))
    return bad("is a PEM file, not a secret");
  if (!std::ranges::all_of(secret,
                           [](char c) { return c > ' ' && c < '\x7f'; }))
    return bad("must be one word of visible ASCII characters, as `openssl rand "
               "-base64 48` makes them");
  return from_bytes(std::move(secret));
}

codec::result<signing_key> signing_key::from_bytes(std::string bytes) {
  auto state = std::make_unique<impl>();
  state->secret = std::move(bytes);
  const auto& secret = state->secret;
  if (secret.size() < secret_bytes_min || secret.size() > secret_bytes_max)
    return bad("has " + std::to_string(secret.size()) + " bytes; a secret has "
               + std::to_string(secret_bytes_min) + " to "
               + std::to_string(secret_bytes_max));
  // Tells keys apart and no more about them than a signature does.
  state->kid = to_base64url(compute_hmac(secret, "sluice kid"))
                   .substr(0, secret_kid_bytes);
  return signing_key{std::move(state)};
}

codec::result<void> signing_key::impl::describe() {
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519)
    algorithm = key_algorithm::eddsa;
  else if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC && is_p256(key.get()))
    algorithm = key_algorithm::es256;
  else
    return bad("is neither a key of Ed25519 nor one of P-256; `openssl genpkey "
               "-algorithm ed25519` makes one");
  const auto canonical = canonical_jwk_of(key.get(), algorithm);
  if (canonical.empty())
    return bad("holds a key that OpenSSL cannot describe");
  kid = hash_to_kid(canonical);
  jwk = canonical.substr(0, canonical.size() - 1) + R"(,"alg":")"
        + std::string{name(algorithm)} + R"(","use":"sig","kid":")" + kid
        + "\"}";
  return {};
}

codec::result<signing_key> signing_key::from_pem(std::string_view pem) {
  auto state = std::make_unique<impl>();
  const auto read = [pem](auto reader) {
    const auto bio
        = bio_ptr{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    return key_ptr{bio ? reader(bio.get(), nullptr, refuse_password, nullptr)
                       : nullptr};
  };
  state->key = read(PEM_read_bio_PrivateKey);
  state->can_sign = state->key != nullptr;
  if (!state->key)
    state->key = read(PEM_read_bio_PUBKEY);
  if (!state->key)
    return bad("holds no private or public key that can be read: PEM without "
               "a password is wanted");
  if (auto described = state->describe(); !described)
    return std::unexpected{described.error()};
  ERR_clear_error();
  return signing_key{std::move(state)};
}

key_algorithm signing_key::algorithm() const noexcept {
  return impl_->algorithm;
}

const std::string& signing_key::kid() const noexcept {
  return impl_->kid;
}

bool signing_key::can_sign() const noexcept {
  return impl_->can_sign;
}

const std::string& signing_key::public_jwk() const noexcept {
  return impl_->jwk;
}

std::string signing_key::impl::sign_with_key(std::string_view input) const {
  const auto context = digest_ptr{EVP_MD_CTX_new()};
  auto buffer = std::array<unsigned char, asn1_signature_bytes_max>{};
  auto size = buffer.size();
  if (!context
      || EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm),
                            nullptr, key.get())
             != 1
      || EVP_DigestSign(context.get(), buffer.data(), &size, bytes_of(input),
                        input.size())
             != 1)
    return {};
  auto raw = std::string{reinterpret_cast<const char*>(buffer.data()), size};
  return algorithm == key_algorithm::es256 ? to_fixed(raw) : raw;
}

codec::result<std::string> signing_key::sign(std::string_view input) const {
  const auto& self = *impl_;
  if (!self.can_sign)
    return codec::fail(error_code::internal, "the key is a public one");
  if (self.algorithm == key_algorithm::hs256) {
    const auto mac = compute_hmac(self.secret, input);
    return std::string{mac.begin(), mac.end()};
  }
  auto signature = self.sign_with_key(input);
  if (signature.size() == signature_bytes)
    return signature;
  ERR_clear_error();
  return codec::fail(error_code::internal, "OpenSSL could not sign a token");
}

bool signing_key::verify(std::string_view input,
                         std::string_view signature) const {
  const auto& self = *impl_;
  if (self.algorithm == key_algorithm::hs256) {
    const auto mac = compute_hmac(self.secret, input);
    return signature.size() == mac.size()
           && sodium_memcmp(mac.data(), signature.data(), mac.size()) == 0;
  }
  if (signature.size() != signature_bytes)
    return false;
  const auto raw = self.algorithm == key_algorithm::es256
                       ? to_asn1(signature)
                       : std::string{signature};
  const auto context = digest_ptr{EVP_MD_CTX_new()};
  const auto is_right
      = context && !raw.empty()
        && EVP_DigestVerifyInit(context.get(), nullptr,
                                digest_of(self.algorithm), nullptr,
                                self.key.get())
               == 1
        && EVP_DigestVerify(context.get(), bytes_of(raw), raw.size(),
                            bytes_of(input), input.size())
               == 1;
  ERR_clear_error();
  return is_right;
}

} // namespace sluice::security
