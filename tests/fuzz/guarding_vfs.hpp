#pragma once

#include <string>

namespace sluice::fuzz {

/// Makes a VFS of SQLite's that does what the default one does, and takes it
/// for a finding if a file outside of `folder` is opened or deleted.
/// @return its name, for connection_options.
[[nodiscard]] const char* guarding_vfs(const std::string& folder);

} // namespace sluice::fuzz
