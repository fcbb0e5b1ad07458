#pragma once

struct sqlite3;

namespace sluice::storage {

/// Puts printf() and format() of SQL in the place of SQLite's own, for one
/// connection: the same texts, but a width or a precision beyond
/// limits.row_bytes_max is an error at once. SQLite's own takes seconds for a
/// single `%.*c`, which no deadline interrupts, and then returns NULL.
/// @return SQLite's result code.
[[nodiscard]] int register_format_function(sqlite3* db) noexcept;

} // namespace sluice::storage
