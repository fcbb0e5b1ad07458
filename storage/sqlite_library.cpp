#include "storage/sqlite_library.hpp"

#include "storage/counting_allocator.hpp"
#include "storage/sqlite_error.hpp"
#include "storage/temporary_files.hpp"

#include <sqlite3.h>

namespace sluice::storage {

namespace {

/// What a savepoint needs to undo is kept in memory up to this, and then in a
/// temporary file. It is moved there in one write, and one of 128 KiB or more
/// fails in SQLite's VFS for Unix.
constexpr auto undo_bytes_in_memory = 128'000;

int set_up() noexcept {
  if (const auto done = install_counting_allocator(); done != SQLITE_OK)
    return done;
  // SQLite's statistics of memory take one lock of the whole process for each
  // allocation (https://www.sqlite.org/malloc.html, section 4).
  if (const auto done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
      done != SQLITE_OK)
    return done;
  if (const auto done
      = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, undo_bytes_in_memory);
      done != SQLITE_OK)
    return done;
  if (const auto done = sqlite3_initialize(); done != SQLITE_OK)
    return done;
  return register_bounded_vfs();
}

} // namespace

codec::result<void> set_up_library() {
  static const auto done = set_up();
  if (done != SQLITE_OK)
    return codec::fail(codec::error_code::internal,
                       error_of(done, "cannot set up SQLite").message);
  return {};
}

codec::result<void> keep_temporary_files_in(const std::string& folder) {
  if (auto ready = set_up_library(); !ready)
    return ready;
  sqlite3_free(sqlite3_temp_directory);
  sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
  if (sqlite3_temp_directory == nullptr)
    return std::unexpected{error_of(SQLITE_NOMEM, "cannot set up SQLite")};
  return {};
}

} // namespace sluice::storage
