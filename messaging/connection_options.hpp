#pragma once

#include "config/settings.hpp"
#include "messaging/delivery.hpp"
#include "messaging/nats_handle.hpp"

#include <string>

namespace sluice::messaging {

/// How much is read from the socket at once.
inline constexpr auto io_buffer_bytes = 128 << 10;

/// The library's options for a connection as the settings want it: servers,
/// credentials, TLS; it ends when its server goes.
/// @param url servers, separated by commas.
/// @return `configuration` if a file that the settings name cannot be read.
[[nodiscard]] result<nats_handle<nats_options>>
make_options(const config::nats_settings& settings, const std::string& url,
             const std::string& client_name, delivery threads);

/// Whether the settings or an address ask for TLS.
[[nodiscard]] bool wants_tls(const config::nats_settings& settings,
                             const std::string& url);

/// Addresses, separated by commas, without user and password, for people to
/// see.
[[nodiscard]] std::string without_credentials(std::string_view url);

} // namespace sluice::messaging
