#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Base64 of RFC 4648 section 4, through libsodium.
namespace sluice::codec {

/// With padding.
[[nodiscard]] std::string base64_encode(std::span<const std::byte> bytes);

/// With or without padding; nothing for text that is not Base64.
[[nodiscard]] std::optional<std::vector<std::byte>>
base64_decode(std::string_view text);

} // namespace sluice::codec
