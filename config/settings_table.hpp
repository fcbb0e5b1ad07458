#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The one list of settings: options, environment variables, keys of the
/// settings file and their documentation all come from it.
namespace sluice::config {

enum class setting_type : std::uint8_t {
  boolean,
  number, ///< A whole number within bounds.
  text,
  choice, ///< One of a few names.
};

/// One setting. Numbers, booleans and choices are read and written as a
/// number: 0 and 1 for a boolean, the index for a choice.
struct setting {
  /// As in the settings file, with its section: "nats.url".
  std::string_view key;
  /// One sentence, with the unit.
  std::string_view help;
  setting_type type = setting_type::text;
  /// Bounds of a number, both included.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// Names of a choice, in the order of its enumeration.
  std::span<const std::string_view> choices = {};
  std::uint64_t (*number)(const settings&) = nullptr;
  void (*assign_number)(settings&, std::uint64_t) = nullptr;
  const std::string& (*text)(const settings&) = nullptr;
  void (*assign_text)(settings&, std::string) = nullptr;
  /// The value under `limits.profile = "d1"`, for limits that D1 has too.
  std::optional<std::uint64_t> d1 = {};
  /// Never shown.
  bool is_secret = false;
  /// Commands that talk to a server take it too, not only `serve`.
  bool is_for_clients = false;

  /// "nats" of "nats.url"; empty for a key without a section.
  [[nodiscard]] std::string_view section() const noexcept;
  /// "url" of "nats.url".
  [[nodiscard]] std::string_view name() const noexcept;
};

/// All settings; those of a section stand together. Lives for ever.
[[nodiscard]] std::span<const setting> settings_table() noexcept;

/// The row of a key, or null.
[[nodiscard]] const setting* find_setting(std::string_view key) noexcept;

/// "--nats-subject-prefix" for "nats.subject_prefix".
[[nodiscard]] std::string option_name(const setting& row);

/// "SLUICE_NATS_SUBJECT_PREFIX" for "nats.subject_prefix".
[[nodiscard]] std::string variable_name(const setting& row);

} // namespace sluice::config
