#pragma once

struct fts5_api;
struct sqlite3;

namespace sluice::storage {

/// What FTS5 offers to extensions of one connection
/// (https://www.sqlite.org/fts5.html#extending_fts5).
/// @return nothing where FTS5 is not there or there is no memory.
[[nodiscard]] fts5_api* fts5_interface(sqlite3* db) noexcept;

} // namespace sluice::storage
