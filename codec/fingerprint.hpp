#pragma once

#include "codec/value.hpp"

#include <initializer_list>
#include <string_view>

namespace sluice::codec {

/// Tells texts apart: BLAKE2b (RFC 7693) of 16 bytes over the parts and their
/// lengths. Two requests with one fingerprint are the same request.
[[nodiscard]] blob fingerprint(std::initializer_list<std::string_view> parts);

} // namespace sluice::codec
