#pragma once

struct sqlite3;

namespace sluice::storage {

/// Puts a function in the place of SQLite's json_patch(), and of jsonb_patch()
/// where there is one, for one connection: it has SQLite's own do the work, but
/// refuses objects whose numbers of keys, multiplied, are beyond a bound.
/// SQLite's own compares each key of the patch with all of the target, hours
/// for values that a row may hold, which no deadline interrupts.
/// @return SQLite's result code.
[[nodiscard]] int register_json_patch(sqlite3* db);

} // namespace sluice::storage
