#pragma once

#include <cstddef>
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

/// How one write, sync or truncate fails.
enum class operation_fault : std::uint8_t {
  refused, ///< With an I/O error; nothing has happened.
  torn,    ///< With an I/O error, after half of a write or a whole truncate.
  full,    ///< For lack of room, where it is a write; else as `refused`.
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

  /// Counts writes, syncs and truncates of database files and WALs from now on,
  /// and lets one fail.
  /// @param number of the one that fails; the first is 1.
  /// @param is_lasting all that come after it fail, too.
  void fail_operation(std::size_t number, operation_fault fault,
                      bool is_lasting);
  /// From now on none fails; those that come are counted on.
  void repair();
  /// How many there were since `fail_operation`.
  [[nodiscard]] std::size_t operations() const;
};

} // namespace sluice::tests
