#pragma once

struct sqlite3;

/// LIKE as `PRAGMA case_sensitive_like` has it, without what that does beside:
/// SQLite's own LIKE is no more deterministic after it, for as long as the
/// connection lives, and every index, partial index or generated column with
/// LIKE makes the schema "malformed" (SQLITE_CORRUPT) when it is read anew.
namespace sluice::storage {

/// Puts a LIKE in the place of SQLite's own: one that minds the case of
/// letters, and is not deterministic, so that no index can hold its results; or
/// one that does not and is. SQLite uses no index for either. No statement of
/// the connection may be running.
/// @return SQLite's result code.
[[nodiscard]] int register_like(sqlite3* db, bool minds_case) noexcept;

} // namespace sluice::storage
