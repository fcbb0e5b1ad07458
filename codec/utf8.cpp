#include "codec/utf8.hpp"

#include <simdjson.h>

namespace sluice::codec {

namespace {

constexpr auto replacement = std::string_view{"\xef\xbf\xbd"};

struct lead {
  std::size_t size;
  unsigned char second_min;
  unsigned char second_max;
};

/// How a sequence goes on after its first byte; size 0 for none that begins
/// so (Unicode 15, table 3-7).
constexpr lead classify(unsigned char first) noexcept {
  if (first < 0x80)
    return {1, 0, 0};
  if (first >= 0xc2 && first <= 0xdf)
    return {2, 0x80, 0xbf};
  if (first == 0xe0)
    return {3, 0xa0, 0xbf};
  if (first == 0xed)
    return {3, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef)
    return {3, 0x80, 0xbf};
  if (first == 0xf0)
    return {4, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3)
    return {4, 0x80, 0xbf};
  if (first == 0xf4)
    return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/// Bytes of `text` from `at` that belong together, and whether they are a
/// whole character.
std::pair<std::size_t, bool> scan(std::string_view text,
                                  std::size_t at) noexcept {
  const auto byte = [text](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const auto [size, second_min, second_max] = classify(byte(at));
  if (size <= 1)
    return {1, size == 1};
  for (auto i = std::size_t{1}; i < size; ++i) {
    const auto low = i == 1 ? second_min : 0x80;
    const auto high = i == 1 ? second_max : 0xbf;
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high)
      return {i, false};
  }
  return {size, true};
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string replace_invalid_utf8(std::string_view text) {
  auto result = std::string{};
  result.reserve(text.size() + replacement.size());
  for (auto at = std::size_t{0}; at < text.size();) {
    const auto [size, is_whole] = scan(text, at);
    result += is_whole ? text.substr(at, size) : replacement;
    at += size;
  }
  return result;
}

std::string abbreviate(std::string_view text) {
  auto characters = std::size_t{0};
  for (auto i = std::size_t{0}; i < text.size(); ++i) {
    const auto is_first = (static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80;
    if (is_first && ++characters > quoted_characters_max)
      return std::string{text.substr(0, i)} + "…";
  }
  return std::string{text};
}

} // namespace sluice::codec
