#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The PRAGMAs that clients may use (protocol, "SQL surface").
namespace sluice::storage {

enum class pragma_use : std::uint8_t {
  refused,    ///< Not on the list.
  read,       ///< Only without a value.
  keys,       ///< A value is left to the executor: foreign_keys.
  like,       ///< The same, until the request ends: case_sensitive_like.
  with_value, ///< The value is an argument: a table, a count.
  setting,    ///< A value changes the connection until the request ends.
  stored,     ///< A value is stored in the database: user_version.
  upkeep,     ///< May write, though SQLite takes it for a read: optimize.
};

/// What is allowed of a PRAGMA; its name in any case of letters.
[[nodiscard]] pragma_use allowed_use(std::string_view name) noexcept;

/// Whether a value switches a setting on, as SQLite reads it: any word that it
/// does not know is off.
[[nodiscard]] bool switches_on(std::string_view value) noexcept;

/// The statements that put every `setting` back.
[[nodiscard]] std::span<const std::string_view> restore_statements() noexcept;

} // namespace sluice::storage
