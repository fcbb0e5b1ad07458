#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

/// The settings file's syntax: the part of TOML 1.0 that settings need.
///
/// Sections (`[nats]`), keys that are bare, quoted or dotted, comments, and
/// the values "text", 'text', whole numbers, true and false. CLI11's own
/// reader is not used because it cuts a quoted text at a `#`, merges repeated
/// keys, and knows no line numbers.
namespace sluice::config {

/// How a value is written.
enum class value_kind : std::uint8_t { text, number, boolean };

/// One `key = value`.
struct file_entry {
  /// With its section: "nats.url".
  std::string key;
  /// Without quotes and escapes.
  std::string value;
  value_kind kind = value_kind::text;
  /// From 1.
  std::size_t line = 0;
};

/// @return the entries in their order, each key once, or "line 7: …".
[[nodiscard]] std::expected<std::vector<file_entry>, std::string>
parse_settings(std::string_view text);

} // namespace sluice::config
