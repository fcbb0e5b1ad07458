#pragma once

#include "config/settings.hpp"

namespace sluice::cli {

/// Logs go to standard error, as text or as one JSON object per line.
void set_up_logging(const config::log_settings& settings);

} // namespace sluice::cli
