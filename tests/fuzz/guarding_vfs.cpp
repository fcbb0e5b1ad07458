#include "tests/fuzz/guarding_vfs.hpp"

#include "storage/sqlite_library.hpp"
#include "tests/fuzz/finding.hpp"

#include <sqlite3.h>

#include <string_view>

namespace sluice::fuzz {

namespace {

constexpr auto vfs_name = "guarding";

/// The folder, and the VFS that does the work.
struct guard {
  std::string folder;
  sqlite3_vfs* real = nullptr;
};

const guard& guard_of(sqlite3_vfs* vfs) noexcept {
  return *static_cast<const guard*>(vfs->pAppData);
}

int guarded_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                 int flags, int* flags_out) noexcept {
  const auto& [folder, real] = guard_of(vfs);
  // Temporary data has files without a name, which SQLite removes as it opens
  // them.
  if (name == nullptr)
    expect((flags & SQLITE_OPEN_DELETEONCLOSE) != 0,
           "a temporary file leaves nothing behind");
  else
    expect(std::string_view{name}.starts_with(folder),
           "only files of the database are opened", name);
  return real->xOpen(real, name, file, flags, flags_out);
}

int guarded_delete(sqlite3_vfs* vfs, const char* name, int sync) noexcept {
  const auto& [folder, real] = guard_of(vfs);
  expect(std::string_view{name}.starts_with(folder),
         "only files of the database are deleted", name);
  return real->xDelete(real, name, sync);
}

} // namespace

const char* guarding_vfs(const std::string& folder) {
  // Before anything else uses SQLite.
  expect(storage::set_up_library().has_value(), "SQLite is set up");
  static auto owner = guard{folder, sqlite3_vfs_find(nullptr)};
  // The other functions of the default one ask for none of its own data.
  static auto vfs = *owner.real;
  vfs.zName = vfs_name;
  vfs.pAppData = &owner;
  vfs.xOpen = guarded_open;
  vfs.xDelete = guarded_delete;
  expect(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK, "the VFS is registered");
  return vfs_name;
}

} // namespace sluice::fuzz
