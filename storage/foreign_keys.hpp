#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <string_view>

struct sqlite3;

/// Requests that switch foreign keys off (docs/adr/0036).
namespace sluice::storage {

/// Whether foreign keys hold on a connection, for as long as this lives: they
/// hold again when it ends, whatever ends it.
///
/// `PRAGMA foreign_keys` does nothing within a transaction; this does, where no
/// deferred key is violated. Belongs to the connection's thread.
class foreign_key_switch {
public:
  explicit foreign_key_switch(sqlite3* db) noexcept;
  ~foreign_key_switch();
  foreign_key_switch(const foreign_key_switch&) = delete;
  foreign_key_switch& operator=(const foreign_key_switch&) = delete;

  void turn(bool on) noexcept;

private:
  sqlite3* db_;
};

/// Whether a text may switch foreign keys off: it has the name of the PRAGMA.
[[nodiscard]] bool mentions_foreign_keys(std::string_view sql) noexcept;

/// Refuses foreign keys that a transaction leaves violated, but for those that
/// were violated before it: the same table, rowid and parent. For these a
/// second connection looks at the file, which shows what is committed.
/// @return `constraint` names table, row and parent of the first ones;
///   `timeout` at the deadline.
[[nodiscard]] codec::result<void> check_foreign_keys(connection& connection,
                                                     deadline until);

/// Of rows that violate foreign keys, how many are compared with those from
/// before; and how many a message names.
inline constexpr auto violations_compared_max = 10'000;
inline constexpr auto violations_named_max = 3;

} // namespace sluice::storage
