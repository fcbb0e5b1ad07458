#pragma once

#include "codec/error.hpp"

#include <string>

/// SQLite's settings of the whole process.
namespace sluice::storage {

/// Makes SQLite count what a request uses (request_bounds), before its first
/// connection; does nothing when called again. Any thread.
/// @return `internal` if something has used SQLite before: then it takes no
///   such settings any more.
[[nodiscard]] codec::result<void> set_up_library();

/// Has SQLite put its temporary files, which it removes as it opens them, into
/// `folder`. Before any connection is open.
[[nodiscard]] codec::result<void>
keep_temporary_files_in(const std::string& folder);

} // namespace sluice::storage
