#include "codec/fingerprint.hpp"

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::codec {

blob fingerprint(std::initializer_list<std::string_view> parts) {
  constexpr auto bytes = std::size_t{crypto_generichash_BYTES_MIN};
  auto state = crypto_generichash_state{};
  // Neither this nor what follows fails: the sizes are in their bounds.
  crypto_generichash_init(&state, nullptr, 0, bytes);
  const auto add = [&state](const void* data, std::size_t size) {
    crypto_generichash_update(&state, static_cast<const unsigned char*>(data),
                              size);
  };
  for (const auto part : parts) {
    const auto length = std::uint64_t{part.size()};
    add(&length, sizeof(length));
    add(part.data(), part.size());
  }
  auto digest = std::array<unsigned char, bytes>{};
  crypto_generichash_final(&state, digest.data(), digest.size());
  const auto whole = std::as_bytes(std::span{digest});
  return {{whole.begin(), whole.end()}};
}

} // namespace sluice::codec
