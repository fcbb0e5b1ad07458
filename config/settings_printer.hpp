#pragma once

#include "config/loaded_settings.hpp"

#include <string>

namespace sluice::config {

/// The text of config/sluice.toml: every key at its default, explained.
[[nodiscard]] std::string default_settings_file();

/// The settings as a settings file that tells where each value comes from,
/// without secrets.
[[nodiscard]] std::string shown_settings(const loaded_settings& loaded);

} // namespace sluice::config
