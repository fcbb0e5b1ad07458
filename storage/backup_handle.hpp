#pragma once

#include <memory>

struct sqlite3_backup;

namespace sluice::storage {

struct backup_finisher {
  void operator()(sqlite3_backup* handle) const noexcept;
};

/// A copy of one database into another one that is under way; ending it takes
/// back what is not complete (https://www.sqlite.org/c3ref/backup_finish.html).
using backup_handle = std::unique_ptr<sqlite3_backup, backup_finisher>;

} // namespace sluice::storage
