#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A folder of versioned changes of a schema: files NNNN_name.sql, as
/// `wrangler d1 migrations` has them.
namespace sluice::cli {

struct migration_file {
  std::uint64_t number = 0;
  /// Without `.sql`: 0001_users.
  std::string name;
  std::string path;
};

/// Those of a folder, by their numbers; other files are left alone. Fails where
/// two have one number, or the folder cannot be read.
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
