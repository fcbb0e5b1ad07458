#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::security {

/// Stands for an address or a source in a table that is kept of them.
using throttle_key = std::array<unsigned char, 16>;

struct throttle_key_hash {
  [[nodiscard]] std::size_t operator()(const throttle_key& x) const noexcept;
};

/// Makes them: hashes with a secret of its own, so that a table tells nobody
/// whom it is about, and nobody chooses what stands in one place. Any thread.
class throttle_keys {
public:
  throttle_keys();

  /// @param kind what the others are: keys of different kinds differ.
  [[nodiscard]] throttle_key make(std::string_view kind, std::string_view first,
                                  std::string_view second) const;

private:
  std::array<unsigned char, 32> secret_;
};

} // namespace sluice::security
