#include "security/refresh_token.hpp"

#include "codec/base64.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace sluice::security {

namespace {

constexpr auto half_bytes = std::size_t{16};
constexpr auto token_bytes = 2 * half_bytes;
/// 32 bytes in letters of six bits.
constexpr auto token_letters = std::size_t{43};

using token_content = std::array<std::byte, token_bytes>;

std::optional<token_content> parse(std::string_view text) {
  if (text.size() != token_letters)
    return std::nullopt;
  const auto bytes = codec::base64url_decode(text);
  if (!bytes || bytes->size() != token_bytes)
    return std::nullopt;
  auto result = token_content{};
  std::ranges::copy(*bytes, result.begin());
  return result;
}

/// BLAKE2b: fast is enough, for nobody tries 128 random bits.
codec::blob hash(std::span<const std::byte> bytes) {
  auto digest = std::array<std::byte, crypto_generichash_BYTES>{};
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()),
                     digest.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  return {{digest.begin(), digest.end()}};
}

refresh_token_hashes hash_both(const token_content& content) {
  return {hash(std::span{content}.first<half_bytes>()), hash(content)};
}

refresh_token as_token(const token_content& content) {
  return {codec::base64url_encode(content), hash_both(content)};
}

} // namespace

refresh_token make_refresh_token() {
  auto content = token_content{};
  randombytes_buf(content.data(), content.size());
  return as_token(content);
}

refresh_successors::refresh_successors(std::string_view secret) : key_{} {
  // A secret may be longer than a key of BLAKE2b.
  constexpr auto purpose = std::string_view{"sluice refresh tokens"};
  crypto_generichash(
      key_.data(), key_.size(),
      reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
      reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
}

refresh_token refresh_successors::of(std::string_view spent) const {
  const auto before = parse(spent).value_or(token_content{});
  auto content = before;
  crypto_generichash(
      reinterpret_cast<unsigned char*>(content.data() + half_bytes), half_bytes,
      reinterpret_cast<const unsigned char*>(before.data()), before.size(),
      key_.data(), key_.size());
  return as_token(content);
}

std::optional<refresh_token_hashes> hash_refresh_token(std::string_view text) {
  const auto content = parse(text);
  if (!content)
    return std::nullopt;
  return hash_both(*content);
}

std::string make_session_id() {
  auto noise = std::array<std::byte, half_bytes>{};
  randombytes_buf(noise.data(), noise.size());
  return codec::base64url_encode(noise);
}

} // namespace sluice::security
