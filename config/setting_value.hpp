#pragma once

#include "config/settings_table.hpp"

#include <expected>
#include <string>
#include <string_view>

/// Values of settings from and to text.
namespace sluice::config {

/// What stands for a secret.
inline constexpr auto hidden_value = std::string_view{"********"};

/// Sets what `text` says, as it stands on a command line or in the
/// environment: true, 4096, 4_096, full, or any text.
/// @return what is wrong, in words that name the value (unless it is secret)
///   and what is allowed.
[[nodiscard]] std::expected<void, std::string>
assign(const setting& row, settings& target, std::string_view text);

/// What is allowed: "1 to 4096", "full or normal", "true or false", "text".
[[nodiscard]] std::string allowed_values(const setting& row);

/// The value as TOML: 4096, true, "full".
[[nodiscard]] std::string toml_value(const setting& row,
                                     const settings& source);

/// The same, for eyes: a secret, and a password within an address, are
/// replaced by asterisks.
[[nodiscard]] std::string shown_value(const setting& row,
                                      const settings& source);

/// `text` as a TOML string with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);

} // namespace sluice::config
