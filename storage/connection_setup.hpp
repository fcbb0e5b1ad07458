#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

namespace sluice::storage {

/// How many pages a database of at most so many bytes may have.
[[nodiscard]] std::uint64_t
database_pages_max(std::uint64_t bytes_max, std::uint64_t page_bytes) noexcept;

/// Brings a fresh connection into the state that the rest relies on, and reads
/// back what matters. The order counts: the busy timeout first, WAL before
/// `synchronous` (https://www.sqlite.org/wal.html).
[[nodiscard]] codec::result<void> set_up(sqlite3* db,
                                         const connection_options& options);

} // namespace sluice::storage
