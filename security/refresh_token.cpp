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

refresh_token renew_refresh_token(std::string_view spent) {
  auto content = parse(spent).value_or(token_content{});
  randombytes_buf(content.data() + half_bytes, half_bytes);
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
