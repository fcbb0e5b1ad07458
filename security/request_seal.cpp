#include "security/request_seal.hpp"

#include "codec/base64.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::security {

namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

constexpr auto nonce_bytes = std::size_t{crypto_secretbox_NONCEBYTES};
constexpr auto overhead_bytes = nonce_bytes + crypto_secretbox_MACBYTES;

/// BLAKE2b over texts and their lengths; none of its calls fails, for the sizes
/// are in their bounds.
template <std::size_t Size>
std::array<unsigned char, Size>
keyed_hash(std::span<const unsigned char> key,
           std::initializer_list<std::string_view> parts) {
  auto state = crypto_generichash_state{};
  crypto_generichash_init(&state, key.data(), key.size(), Size);
  for (const auto part : parts) {
    const auto length = std::uint64_t{part.size()};
    crypto_generichash_update(&state,
                              reinterpret_cast<const unsigned char*>(&length),
                              sizeof(length));
    crypto_generichash_update(&state, bytes_of(part), part.size());
  }
  auto result = std::array<unsigned char, Size>{};
  crypto_generichash_final(&state, result.data(), result.size());
  sodium_memzero(&state, sizeof(state));
  return result;
}

} // namespace

request_seal::request_seal(std::string_view secret)
    : fingerprint_key_{}, reply_key_{} {
  static_assert(sizeof(seal_key) == crypto_secretbox_KEYBYTES);
  // A secret may be longer than a key of BLAKE2b.
  const auto root = keyed_hash<sizeof(seal_key)>({}, {"sluice seal", secret});
  fingerprint_key_ = keyed_hash<sizeof(seal_key)>(root, {"fingerprint"});
  reply_key_ = keyed_hash<sizeof(seal_key)>(root, {"reply"});
}

codec::blob
request_seal::fingerprint(std::initializer_list<std::string_view> parts) const {
  const auto digest
      = keyed_hash<crypto_generichash_BYTES_MIN>(fingerprint_key_, parts);
  const auto whole = std::as_bytes(std::span{digest});
  return {{whole.begin(), whole.end()}};
}

request_seal::seal_key request_seal::key_for(std::string_view request) const {
  return keyed_hash<sizeof(seal_key)>(reply_key_, {request});
}

std::string request_seal::seal(std::string_view reply,
                               std::string_view request) const {
  auto key = key_for(request);
  auto sealed = std::vector<unsigned char>(overhead_bytes + reply.size());
  randombytes_buf(sealed.data(), nonce_bytes);
  crypto_secretbox_easy(sealed.data() + nonce_bytes, bytes_of(reply),
                        reply.size(), sealed.data(), key.data());
  sodium_memzero(key.data(), key.size());
  return codec::base64url_encode(std::as_bytes(std::span{sealed}));
}

std::optional<std::string> request_seal::open(std::string_view sealed,
                                              std::string_view request) const {
  const auto bytes = codec::base64url_decode(sealed);
  if (!bytes || bytes->size() < overhead_bytes)
    return std::nullopt;
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes->data());
  auto result = std::string(bytes->size() - overhead_bytes, '\0');
  auto key = key_for(request);
  const auto failed = crypto_secretbox_open_easy(
      reinterpret_cast<unsigned char*>(result.data()), begin + nonce_bytes,
      bytes->size() - nonce_bytes, begin, key.data());
  sodium_memzero(key.data(), key.size());
  if (failed != 0)
    return std::nullopt;
  return result;
}

} // namespace sluice::security
