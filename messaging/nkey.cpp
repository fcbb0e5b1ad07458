#include "messaging/nkey.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>

namespace sluice::messaging {

namespace {

using byte = unsigned char;

constexpr auto alphabet = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"};
constexpr auto bits_per_letter = 5u;

/// 'S' in front of a seed.
constexpr auto seed_prefix = byte{18u << 3u};
constexpr auto prefix_bytes = std::size_t{2};
constexpr auto checksum_bytes = std::size_t{2};
constexpr auto seed_bytes = std::size_t{crypto_sign_SEEDBYTES};
constexpr auto encoded_seed_bytes = prefix_bytes + seed_bytes + checksum_bytes;
/// A seed's letters: 36 bytes of 8 bits in letters of 5.
constexpr auto seed_letters = std::size_t{58};

std::optional<std::vector<byte>> base32_decode(std::string_view text) {
  auto result = std::vector<byte>{};
  auto bits = std::uint32_t{0};
  auto count = 0u;
  for (const auto letter : text) {
    const auto value = alphabet.find(letter);
    if (value == alphabet.npos)
      return std::nullopt;
    bits = bits << bits_per_letter | static_cast<std::uint32_t>(value);
    count += bits_per_letter;
    if (count >= 8) {
      count -= 8;
      result.push_back(static_cast<byte>(bits >> count));
    }
  }
  return result;
}

std::string base32_encode(std::span<const byte> bytes) {
  auto result = std::string{};
  auto bits = std::uint32_t{0};
  auto count = 0u;
  for (const auto each : bytes) {
    bits = bits << 8u | each;
    count += 8;
    while (count >= bits_per_letter) {
      count -= bits_per_letter;
      result.push_back(alphabet[bits >> count & 31u]);
    }
  }
  if (count > 0)
    result.push_back(alphabet[bits << (bits_per_letter - count) & 31u]);
  return result;
}

std::uint16_t crc16(std::span<const byte> bytes) {
  constexpr auto polynomial = 0x1021u;
  auto crc = 0u;
  for (const auto each : bytes) {
    crc ^= static_cast<unsigned>(each) << 8u;
    for (auto bit = 0; bit < 8; ++bit)
      crc = (crc & 0x8000u) != 0 ? crc << 1u ^ polynomial : crc << 1u;
    crc &= 0xffffu;
  }
  return static_cast<std::uint16_t>(crc);
}

std::unexpected<failure> refuse(std::string message) {
  return std::unexpected{
      failure{failure::kind::configuration, std::move(message)}};
}

} // namespace

result<std::string> public_key_of(std::string_view seed) {
  auto raw = base32_decode(seed);
  if (seed.size() != seed_letters || !raw || raw->size() != encoded_seed_bytes)
    return refuse("is no NKey seed: a seed has 58 letters and begins with S");
  const auto content = std::span{*raw}.first(prefix_bytes + seed_bytes);
  const auto checksum = crc16(content);
  const auto& stored = *raw;
  if ((stored[0] & 0xf8u) != seed_prefix
      || stored[encoded_seed_bytes - 2] != (checksum & 0xffu)
      || stored[encoded_seed_bytes - 1] != checksum >> 8u)
    return refuse("is no NKey seed: its checksum is wrong");
  auto public_part = std::array<byte, crypto_sign_PUBLICKEYBYTES>{};
  auto secret = std::array<byte, crypto_sign_SECRETKEYBYTES>{};
  const auto failed = crypto_sign_seed_keypair(
      public_part.data(), secret.data(), content.data() + prefix_bytes);
  sodium_memzero(secret.data(), secret.size());
  const auto kind
      = static_cast<byte>((stored[0] & 7u) << 5u | (stored[1] & 0xf8u) >> 3u);
  sodium_memzero(raw->data(), raw->size());
  if (failed != 0)
    return refuse("is no usable NKey seed");
  auto encoded = std::vector<byte>{kind};
  encoded.insert(encoded.end(), public_part.begin(), public_part.end());
  const auto sum = crc16(encoded);
  encoded.push_back(static_cast<byte>(sum & 0xffu));
  encoded.push_back(static_cast<byte>(sum >> 8u));
  return base32_encode(encoded);
}

result<std::string> read_public_key(const std::string& file) {
  auto in = std::ifstream{file};
  if (!in)
    return refuse("nats.nkey_seed_file: cannot read " + file + ": "
                  + std::strerror(errno));
  auto line = std::string{};
  while (std::getline(in, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.pop_back();
    if (!line.starts_with("S") || line.size() != seed_letters)
      continue;
    auto key = public_key_of(line);
    sodium_memzero(line.data(), line.size());
    if (!key)
      return refuse("nats.nkey_seed_file: " + file + " " + key.error().message);
    return key;
  }
  return refuse("nats.nkey_seed_file: " + file
                + " holds no NKey seed (58 letters that begin with SU)");
}

} // namespace sluice::messaging
