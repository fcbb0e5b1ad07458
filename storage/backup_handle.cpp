#include "storage/backup_handle.hpp"

#include <sqlite3.h>

namespace sluice::storage {

void backup_finisher::operator()(sqlite3_backup* handle) const noexcept {
  // It repeats the error of the last step, which was looked at.
  static_cast<void>(sqlite3_backup_finish(handle));
}

} // namespace sluice::storage
