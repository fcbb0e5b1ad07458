#include "codec/base64.hpp"

#include <sodium.h>

#include <algorithm>

namespace sluice::codec {

namespace {

bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

std::string encode(std::span<const std::byte> bytes, int variant) {
  auto result
      = std::string(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(result.data(), result.size(),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  // libsodium counts and writes the NUL that ends a C string.
  result.pop_back();
  return result;
}

std::optional<std::vector<std::byte>> decode(std::string_view text,
                                             int variant) {
  // libsodium takes some bytes outside ASCII for letters of the alphabet.
  if (!std::ranges::all_of(text, is_ascii))
    return std::nullopt;
  auto result = std::vector<std::byte>(text.size() / 4 * 3 + 3);
  auto size = std::size_t{0};
  const char* end = nullptr;
  const auto failed = sodium_base642bin(
      reinterpret_cast<unsigned char*>(result.data()), result.size(),
      text.data(), text.size(), nullptr, &size, &end, variant);
  if (failed != 0 || end != text.data() + text.size())
    return std::nullopt;
  result.resize(size);
  return result;
}

} // namespace

std::string base64_encode(std::span<const std::byte> bytes) {
  return encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text) {
  const auto is_padded = text.ends_with('=') || text.size() % 4 == 0;
  return decode(text, is_padded ? sodium_base64_VARIANT_ORIGINAL
                                : sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

std::string base64url_encode(std::span<const std::byte> bytes) {
  return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::vector<std::byte>> base64url_decode(std::string_view text) {
  return decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

} // namespace sluice::codec
