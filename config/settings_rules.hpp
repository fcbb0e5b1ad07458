#pragma once

#include "config/loaded_settings.hpp"

#include <string>
#include <vector>

namespace sluice::config {

/// What no single setting can tell: rules between settings, and forms of
/// texts. Each element says what is wrong and which keys it is about.
[[nodiscard]] std::vector<std::string>
broken_rules(const loaded_settings& loaded);

/// The parts of HOST:PORT.
struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};

/// Splits HOST:PORT or [IPV6]:PORT; the brackets are gone from the host.
[[nodiscard]] std::expected<listen_address, std::string>
parse_listen_address(std::string_view text);

} // namespace sluice::config
