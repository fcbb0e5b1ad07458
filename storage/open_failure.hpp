#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <string>

/// Why a database's file cannot be opened, with what SQLite leaves out.
namespace sluice::storage {

/// Looks at a file before SQLite does: a file that is missing, empty, or not
/// to be written to where that is asked for is left alone. SQLite would be
/// content with less: beside an empty file it removes the WAL with all that is
/// in it, and for one that may only be read it makes a WAL that may only be
/// read.
[[nodiscard]] codec::result<void> check_file(const std::string& path,
                                             const connection_options& options);

/// Words a failure of sqlite3_open_v2.
/// @param db the handle that it gave, or null.
/// @return `unavailable` where the process lacks something, else `storage`.
[[nodiscard]] codec::error open_failure(sqlite3* db, int rc,
                                        const std::string& path);

/// The same for a failure of the first statements on a file.
[[nodiscard]] codec::error set_up_failure(sqlite3* db, codec::error failure,
                                          const std::string& path);

} // namespace sluice::storage
