#pragma once

#include "codec/error.hpp"

#include <string>

namespace sluice::storage {

/// Whether rows are in a database's file that a CHECK of their table does not
/// let in, as `PRAGMA ignore_check_constraints` makes them. Reads all rows, if
/// any table may have a CHECK.
[[nodiscard]] codec::result<bool> has_failed_checks(const std::string& path);

} // namespace sluice::storage
