#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

/// Who has set a value; a later one wins over an earlier one.
enum class source : std::uint8_t {
  defaults,
  profile, ///< `limits.profile`
  file,
  environment,
  command_line,
};

/// Where a value comes from.
struct origin {
  source from = source::defaults;
  /// For people: "line 7 of sluice.toml", "environment variable
  /// SLUICE_DATA", "option --data", "default", "profile d1".
  std::string words = "default";
};

/// Settings, and where each comes from.
struct loaded_settings {
  settings values;
  /// Of what does not stand at its default, by key.
  std::map<std::string, origin, std::less<>> origins;
  /// What looks wrong and stops nothing.
  std::vector<std::string> warnings;

  [[nodiscard]] const origin& origin_of(std::string_view key) const;

  /// Whether somebody has set it: in the file, in the environment or on the
  /// command line, be it to the default value.
  [[nodiscard]] bool is_explicit(std::string_view key) const;
};

/// What settings are made of.
struct load_input {
  /// Key ("nats.url") and text of each option that was given.
  std::map<std::string, std::string, std::less<>> command_line;
  /// Of the whole environment; what does not begin with SLUICE_ is passed by.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Settings file of `--config`; empty: the one that SLUICE_CONFIG names, if
  /// it does.
  std::string file;
};

/// Puts the settings together: the command line wins over the environment,
/// that over the file, and that over the defaults. An environment variable
/// that is set to nothing counts as not set.
/// @return what is wrong, one line for each problem.
[[nodiscard]] std::expected<loaded_settings, std::string>
load(const load_input& input);

} // namespace sluice::config
