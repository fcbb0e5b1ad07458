#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// The file of a database as a whole.
namespace sluice::storage {

/// Makes the file of a new database, with Sluice's own table, so that it lasts;
/// one that is there already and belongs to the database is left as it is.
/// Where it fails, nothing new is left.
/// @param options of a writer's connection.
[[nodiscard]] codec::result<void>
make_database_file(const data_directory& directory, std::string_view uuid,
                   const connection_options& options);

/// Refuses a file that is not the database's, where a writer has not looked.
[[nodiscard]] codec::result<void> check_owner(connection& connection,
                                              std::string_view uuid);

/// Numbers (file_watch.hpp) of a file and its WAL; 0: not known.
struct file_pair {
  std::uint64_t file = 0;
  std::uint64_t wal = 0;
};

/// Refuses a file that was put into the place of another one whose WAL is still
/// there: SQLite would apply that to it.
/// @param former what the database was made of.
[[nodiscard]] codec::result<void>
check_wal_fits(const data_directory& directory, std::string_view uuid,
               const file_pair& former);

/// Looks for damage (`PRAGMA quick_check`), at most so long.
/// @return `storage` with what was found first; nothing also where the time
///   was over before anything was found.
[[nodiscard]] codec::result<void>
check_for_damage(connection& connection, std::chrono::milliseconds patience);

/// Looks at a file with a connection of its own, which knows nothing of what
/// other connections have in memory: opens it, reads its schema, and looks for
/// damage.
/// @param options of a connection to the same file.
/// @return whether all of it was seen, and is sound; not where there was too
///   little time.
[[nodiscard]] bool is_proven_sound(const std::string& path,
                                   std::string_view uuid,
                                   connection_options options,
                                   std::chrono::milliseconds patience);

} // namespace sluice::storage
