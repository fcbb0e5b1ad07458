#pragma once

#include <cstdint>
#include <string>

namespace sluice::tests {

/// What the disk does wrong.
enum class disk_fault : std::uint8_t {
  none,
  write_error, ///< Writing to the WAL fails.
  sync_error,  ///< Syncing the WAL fails.
  full,        ///< There is no room for more of the WAL.
};

/// A VFS that passes everything on to SQLite's own, and can be told to fail.
/// One at a time; connections that use it must be closed before it goes.
class failing_vfs {
public:
  failing_vfs();
  ~failing_vfs();
  failing_vfs(const failing_vfs&) = delete;
  failing_vfs& operator=(const failing_vfs&) = delete;

  /// For `connection_options::vfs`.
  [[nodiscard]] std::string name() const;

  /// From now on; `none` repairs the disk.
  void set_fault(disk_fault fault);
};

} // namespace sluice::tests
