#pragma once

#include "codec/error.hpp"

struct sqlite3;

/// What lies behind the last commit in a WAL.
namespace sluice::storage {

/// Makes what a failed COMMIT has left behind the last commit invalid.
///
/// Where only the sync fails, the WAL holds the whole transaction, its commit
/// mark included. SQLite rolls back what it knows of the WAL, not the WAL:
/// after a crash the transaction would be there. So the first frame behind the
/// last commit is overwritten, or cut off where that fails; the checksum of
/// each frame covers those before it (https://www.sqlite.org/fileformat2.html,
/// section 4). The failure of a disk to keep that through a loss of power is
/// beyond us.
///
/// Call it after ROLLBACK, on the connection that writes, without readers of
/// the same connection.
/// @return `storage` where that fails too: whether the transaction is there
///   after a crash is not known.
[[nodiscard]] codec::result<void> erase_wal_tail(sqlite3* db);

} // namespace sluice::storage
