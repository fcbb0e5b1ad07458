#pragma once

#include <algorithm>
#include <string_view>

/// SQLite's names and words, which do not tell ASCII's letters apart by case.
namespace sluice::storage {

[[nodiscard]] constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a,
                                                  std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower_case, lower_case);
}

[[nodiscard]] constexpr bool
starts_with_ignoring_case(std::string_view text,
                          std::string_view prefix) noexcept {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

} // namespace sluice::storage
