#pragma once

struct sqlite3;

namespace sluice::storage {

/// Puts instr(), replace(), trim(), ltrim() and rtrim() of SQL in the place of
/// SQLite's own, for one connection: the same results, but in a time that grows
/// with the length of the text, or that ends at the deadline. SQLite's own
/// compare every place of the text with all of the second argument: hours for
/// values that a row may hold, which no deadline interrupts.
/// @return SQLite's result code.
[[nodiscard]] int register_text_functions(sqlite3* db) noexcept;

} // namespace sluice::storage
