#include "security/throttle_key.hpp"

#include <sodium.h>

#include <cstdint>
#include <cstring>

namespace sluice::security {

std::size_t
throttle_key_hash::operator()(const throttle_key& x) const noexcept {
  auto result = std::size_t{0};
  std::memcpy(&result, x.data(), sizeof(result));
  return result;
}

throttle_keys::throttle_keys() : secret_{} {
  randombytes_buf(secret_.data(), secret_.size());
}

throttle_key throttle_keys::make(std::string_view kind, std::string_view first,
                                 std::string_view second) const {
  auto state = crypto_generichash_state{};
  auto result = throttle_key{};
  crypto_generichash_init(&state, secret_.data(), secret_.size(),
                          result.size());
  for (const auto part : {kind, first, second}) {
    const auto length = std::uint64_t{part.size()};
    crypto_generichash_update(&state,
                              reinterpret_cast<const unsigned char*>(&length),
                              sizeof(length));
    crypto_generichash_update(
        &state, reinterpret_cast<const unsigned char*>(part.data()),
        part.size());
  }
  crypto_generichash_final(&state, result.data(), result.size());
  return result;
}

} // namespace sluice::security
