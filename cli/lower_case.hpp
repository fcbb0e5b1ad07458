#pragma once

namespace sluice::cli {

/// Of ASCII letters only, as in SQLite's keywords; the rest stays as it is.
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace sluice::cli
