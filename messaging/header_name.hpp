#pragma once

#include <algorithm>
#include <string_view>

namespace sluice::messaging {

/// Whether two names of headers are equal but for the case of ASCII letters.
[[nodiscard]] constexpr bool is_same_header(std::string_view one,
                                            std::string_view other) noexcept {
  constexpr auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return std::ranges::equal(one, other, {}, lower, lower);
}

} // namespace sluice::messaging
