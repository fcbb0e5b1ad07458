#include "storage/temporary_files.hpp"

#include "storage/request_bounds.hpp"
#include "storage/resource_account.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::storage {

namespace {

constexpr auto temporary_flags = SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_TRANSIENT_DB
                                 | SQLITE_OPEN_TEMP_JOURNAL
                                 | SQLITE_OPEN_SUBJOURNAL;

constexpr auto watched_flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL;

constexpr auto reads_per_look = 64;

/// What is kept behind the real VFS's part of an open file.
struct bookkeeping {
  const sqlite3_io_methods* real = nullptr;
  /// The real ones, but for those that change the size.
  sqlite3_io_methods methods = {};
  std::int64_t bytes = 0;
};

/// SQLite's own VFS, and the offset of the bookkeeping in a file.
struct base_vfs {
  sqlite3_vfs* real = nullptr;
  std::size_t file_bytes = 0;
};

base_vfs& base() noexcept {
  static constinit auto vfs = base_vfs{};
  return vfs;
}

bookkeeping& book_of(sqlite3_file* file) noexcept {
  return *reinterpret_cast<bookkeeping*>(reinterpret_cast<std::byte*>(file)
                                         + base().file_bytes);
}

/// Counts a file's new size.
void resize(bookkeeping& book, std::int64_t bytes) noexcept {
  resource_account::of_this_thread().temporary_bytes += bytes - book.bytes;
  book.bytes = bytes;
}

int close(sqlite3_file* file) noexcept {
  auto& book = book_of(file);
  resize(book, 0);
  return book.real->xClose(file);
}

int write(sqlite3_file* file, const void* data, int bytes,
          sqlite3_int64 offset) noexcept {
  auto& book = book_of(file);
  auto& account = resource_account::of_this_thread();
  const auto size = std::max<std::int64_t>(book.bytes, offset + bytes);
  if (account.temporary_bytes + size - book.bytes
      > account.bounds.temporary_bytes_max) {
    account.refused_room = room_refusal::share;
    return SQLITE_FULL;
  }
  const auto done = book.real->xWrite(file, data, bytes, offset);
  if (done == SQLITE_OK)
    resize(book, size);
  else if (done == SQLITE_FULL)
    account.refused_room = room_refusal::disk;
  return done;
}

int truncate(sqlite3_file* file, sqlite3_int64 bytes) noexcept {
  auto& book = book_of(file);
  const auto done = book.real->xTruncate(file, bytes);
  if (done == SQLITE_OK)
    resize(book, bytes);
  return done;
}

/// A read of a page for a request whose time is over interrupts it: for the
/// loops of SQLite over many pages that ask no progress handler, e.g. DROP
/// TABLE. SQLite undoes the statement as after sqlite3_interrupt().
int read(sqlite3_file* file, void* data, int bytes,
         sqlite3_int64 offset) noexcept {
  auto& account = resource_account::of_this_thread();
  if (--account.until_read_look < 0) {
    account.until_read_look = reads_per_look;
    if (request_bounds::is_deadline_past()) {
      // Only once: what is read to undo the statement must be there.
      account.bounds.until = resource_bounds::clock::time_point::max();
      return SQLITE_INTERRUPT;
    }
  }
  return book_of(file).real->xRead(file, data, bytes, offset);
}

void watch_reads(sqlite3_file* file) noexcept {
  auto& book = *new (&book_of(file)) bookkeeping{};
  book.real = file->pMethods;
  book.methods = *file->pMethods;
  book.methods.xRead = read;
  file->pMethods = &book.methods;
}

int open(sqlite3_vfs*, sqlite3_filename path, sqlite3_file* file, int flags,
         int* flags_out) noexcept {
  auto* real = base().real;
  // SQLite would take another disk's where somebody removed the folder.
  if ((flags & temporary_flags) != 0 && sqlite3_temp_directory != nullptr)
    ::mkdir(sqlite3_temp_directory, S_IRWXU);
  const auto opened = real->xOpen(real, path, file, flags, flags_out);
  if (opened != SQLITE_OK)
    return opened;
  if ((flags & watched_flags) != 0)
    watch_reads(file);
  if ((flags & temporary_flags) == 0)
    return opened;
  auto& book = *new (&book_of(file)) bookkeeping{};
  book.real = file->pMethods;
  book.methods = *file->pMethods;
  // Without what later versions of the methods have: shared memory, mapping.
  book.methods.iVersion = 1;
  book.methods.xClose = close;
  book.methods.xWrite = write;
  book.methods.xTruncate = truncate;
  file->pMethods = &book.methods;
  return opened;
}

sqlite3_vfs& own_vfs() noexcept {
  static constinit auto vfs = sqlite3_vfs{};
  return vfs;
}

} // namespace

int register_bounded_vfs() noexcept {
  base().real = sqlite3_vfs_find(nullptr);
  if (base().real == nullptr)
    return SQLITE_ERROR;
  constexpr auto alignment = alignof(bookkeeping);
  base().file_bytes
      = (static_cast<std::size_t>(base().real->szOsFile) + alignment - 1)
        / alignment * alignment;
  auto& own = own_vfs();
  own = *base().real;
  own.pNext = nullptr;
  own.zName = "sluice";
  own.szOsFile = static_cast<int>(base().file_bytes + sizeof(bookkeeping));
  own.xOpen = open;
  return sqlite3_vfs_register(&own, 1);
}

} // namespace sluice::storage
