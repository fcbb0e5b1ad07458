#pragma once

#include "codec/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::fuzz {

/// Takes an input for a sequence of values: so a fuzzer varies values, where
/// in JSON it would vary letters. An input that is at its end gives zeros.
class byte_source {
public:
  explicit byte_source(std::string_view input) noexcept : rest_{input} {
    // nop
  }

  [[nodiscard]] bool is_empty() const noexcept {
    return rest_.empty();
  }

  [[nodiscard]] std::uint8_t byte() noexcept;
  [[nodiscard]] std::uint64_t bits() noexcept;
  /// At most `bytes_max`, of a length that the input tells first.
  [[nodiscard]] std::string_view text(std::size_t bytes_max) noexcept;

  /// A value of any type; its text may be no UTF-8, its REAL infinite.
  [[nodiscard]] codec::value value(std::size_t bytes_max);

private:
  std::string_view rest_;
};

} // namespace sluice::fuzz
