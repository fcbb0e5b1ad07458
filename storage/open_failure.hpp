#pragma once

#include "codec/error.hpp"

#include <string>

struct sqlite3;

/// Why a database's file cannot be opened, with what SQLite leaves out.
namespace sluice::storage {

/// Words a failure of sqlite3_open_v2.
/// @param db the handle that it gave, or null.
/// @return `unavailable` where the process lacks something, else `storage`.
[[nodiscard]] codec::error open_failure(sqlite3* db, int rc,
                                        const std::string& path);

/// The same for a failure of the first statements on a file.
[[nodiscard]] codec::error set_up_failure(sqlite3* db, codec::error failure,
                                          const std::string& path);

/// For a file without content where a database was looked for.
[[nodiscard]] codec::error empty_file_failure(const std::string& path);

/// For a file that may be read only where writing was asked for.
[[nodiscard]] codec::error read_only_failure(const std::string& path);

} // namespace sluice::storage
