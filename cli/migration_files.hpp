#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A folder of versioned changes of a schema: files NNNN_name.sql, as
/// `wrangler d1 migrations` has them, or folders NNNN_name with a file
/// migration.sql, as drizzle-kit and Prisma make them.
namespace sluice::cli {

struct migration_file {
  std::uint64_t number = 0;
  /// Without `.sql`: 0001_users.
  std::string name;
  std::string path;
};

/// Those of a folder in the order in which wrangler applies them: by their
/// numbers, those of one number by their names. What is no SQL is left alone.
/// Fails where something holds SQL and its place is not known, by its name;
/// where two have one name; and where the folder cannot be read.
[[nodiscard]] result<std::vector<migration_file>>
find_migrations(const std::string& folder);

/// The file name for the next one: `0003_add_tags.sql` for "add tags".
/// Characters that do not belong into a file's name become `_`.
[[nodiscard]] std::string
next_migration_name(const std::vector<migration_file>& known,
                    std::string_view title);

/// Whether two names mean one migration: wrangler keeps them with `.sql`.
[[nodiscard]] bool is_same_migration(std::string_view a,
                                     std::string_view b) noexcept;

} // namespace sluice::cli
