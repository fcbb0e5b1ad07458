#pragma once

#include "config/settings.hpp"
#include "messaging/connection.hpp"

#include <string>
#include <string_view>

namespace sluice::cli {

/// What a reply to `$SRV.INFO.sluice` says of a service that takes requests
/// from this server: one that serves a subject below the same prefix.
/// @param own_id of this server, which answers as well.
/// @return its host, id and version for people to read; empty: it is no rival.
[[nodiscard]] std::string rival_in(std::string_view info,
                                   std::string_view own_id,
                                   std::string_view subject_prefix);

/// Asks NATS for other services of this name and prefix: each request would go
/// to one of them, and only one has its database. Waits for answers: not at all
/// if no service is there, else a few tenths of a second, or up to two seconds
/// for one that is busy. What does not take part in NATS's service discovery is
/// not found.
/// @param own_id of this server, if it answers already.
/// @return what to say about it; empty: none was found.
[[nodiscard]] std::string find_rival(messaging::connection& connection,
                                     const config::nats_settings& settings,
                                     const std::string& own_id);

} // namespace sluice::cli
