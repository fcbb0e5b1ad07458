#pragma once

#include "config/settings.hpp"

#include <string>

namespace sluice::cli {

/// Where the server listens and three commands to try, for people who have
/// just started it.
/// @param url the NATS server's.
[[nodiscard]] std::string serve_hints(const config::settings& settings,
                                      const std::string& url);

} // namespace sluice::cli
