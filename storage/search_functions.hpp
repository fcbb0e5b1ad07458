#pragma once

struct sqlite3;

namespace sluice::storage {

/// Puts snippet(), highlight() and bm25() in the place of FTS5's own, for one
/// connection: the same results, but in a time that grows with the length of
/// the text, or that ends at the deadline. FTS5's own snippet() compares all
/// places of the words with one another, hours for a text of one word, which no
/// deadline interrupts.
///
/// Where SQLite is older than 3.45, matches that touch the edge of a snippet
/// are marked as newer ones mark them.
/// @return SQLite's result code.
[[nodiscard]] int register_search_functions(sqlite3* db) noexcept;

} // namespace sluice::storage
