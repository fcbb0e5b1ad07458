#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Base64 of RFC 4648, through libsodium.
namespace sluice::codec {

/// The alphabet of section 4, with padding.
[[nodiscard]] std::string base64_encode(std::span<const std::byte> bytes);

/// With or without padding; nothing for text that is not Base64.
[[nodiscard]] std::optional<std::vector<std::byte>>
base64_decode(std::string_view text);

/// The alphabet of section 5, which URLs and headers may hold, without padding.
[[nodiscard]] std::string base64url_encode(std::span<const std::byte> bytes);

/// Nothing for text that is not exactly what `base64url_encode` would write.
[[nodiscard]] std::optional<std::vector<std::byte>>
base64url_decode(std::string_view text);

} // namespace sluice::codec
