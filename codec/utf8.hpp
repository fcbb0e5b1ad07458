#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::codec {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// U+FFFD for each maximal part of an ill-formed sequence (Unicode 15, section
/// 3.9, "U+FFFD Substitution of Maximal Subparts").
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

/// How much of what a client sent a message quotes.
inline constexpr auto quoted_characters_max = std::size_t{100};

/// That many characters of a valid text, and "…" for more.
[[nodiscard]] std::string abbreviate(std::string_view text);

} // namespace sluice::codec
