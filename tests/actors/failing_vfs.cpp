#include "tests/actors/failing_vfs.hpp"

#include "storage/sqlite_library.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <atomic>

namespace sluice::tests {

namespace {

constexpr auto vfs_name = "sluice-failing";

std::atomic<disk_fault>& current_fault() {
  static auto fault = std::atomic<disk_fault>{disk_fault::none};
  return fault;
}

/// Which operation fails, and how. Only while one thread uses the VFS.
struct operation_plan {
  std::size_t count = 0;
  /// 0: none.
  std::size_t number = 0;
  operation_fault fault = operation_fault::refused;
  bool is_lasting = false;
};

operation_plan& current_plan() {
  static auto plan = operation_plan{};
  return plan;
}

/// What SQLite allocates for an open file, 8-aligned; the real one lies behind.
struct passing_file {
  sqlite3_file base;
  bool is_wal;
  bool is_counted;
};
static_assert(sizeof(passing_file) % 8 == 0);

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<unsigned char*>(file)
                                         + sizeof(passing_file));
}

const sqlite3_io_methods& real_methods(sqlite3_file* file) {
  return *real(file)->pMethods;
}

bool fails(sqlite3_file* file, disk_fault fault) {
  return reinterpret_cast<passing_file*>(file)->is_wal
         && current_fault().load() == fault;
}

/// Counts an operation. Whether it fails.
bool fails_now(sqlite3_file* file) {
  if (!reinterpret_cast<passing_file*>(file)->is_counted)
    return false;
  auto& plan = current_plan();
  ++plan.count;
  return plan.number != 0
         && (plan.is_lasting ? plan.count >= plan.number
                             : plan.count == plan.number);
}

bool is_torn() {
  return current_plan().fault == operation_fault::torn;
}

int write(sqlite3_file* file, const void* data, int bytes,
          sqlite3_int64 offset) {
  if (fails_now(file)) {
    if (is_torn())
      real_methods(file).xWrite(real(file), data, bytes / 2, offset);
    return current_plan().fault == operation_fault::full ? SQLITE_FULL
                                                         : SQLITE_IOERR_WRITE;
  }
  if (fails(file, disk_fault::write_error))
    return SQLITE_IOERR_WRITE;
  if (fails(file, disk_fault::full))
    return SQLITE_FULL;
  return real_methods(file).xWrite(real(file), data, bytes, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 bytes) {
  if (!fails_now(file))
    return real_methods(file).xTruncate(real(file), bytes);
  if (is_torn())
    real_methods(file).xTruncate(real(file), bytes);
  return SQLITE_IOERR_TRUNCATE;
}

int sync(sqlite3_file* file, int) {
  if (fails_now(file))
    return SQLITE_IOERR_FSYNC;
  if (fails(file, disk_fault::sync_error))
    return SQLITE_IOERR_FSYNC;
  // Nobody loses power here, and tests are to be fast.
  return SQLITE_OK;
}

/// A method of the real file, for SQLite to call on the passing one.
template <auto Method>
struct passed_on;

template <class... Ts, int (*sqlite3_io_methods::*Method)(sqlite3_file*, Ts...)>
struct passed_on<Method> {
  static int call(sqlite3_file* file, Ts... xs) {
    return (real_methods(file).*Method)(real(file), xs...);
  }
};

void barrier(sqlite3_file* file) {
  real_methods(file).xShmBarrier(real(file));
}

const sqlite3_io_methods& methods() {
  using io = sqlite3_io_methods;
  static const auto result = io{3,
                                passed_on<&io::xClose>::call,
                                passed_on<&io::xRead>::call,
                                write,
                                truncate,
                                sync,
                                passed_on<&io::xFileSize>::call,
                                passed_on<&io::xLock>::call,
                                passed_on<&io::xUnlock>::call,
                                passed_on<&io::xCheckReservedLock>::call,
                                passed_on<&io::xFileControl>::call,
                                passed_on<&io::xSectorSize>::call,
                                passed_on<&io::xDeviceCharacteristics>::call,
                                passed_on<&io::xShmMap>::call,
                                passed_on<&io::xShmLock>::call,
                                barrier,
                                passed_on<&io::xShmUnmap>::call,
                                passed_on<&io::xFetch>::call,
                                passed_on<&io::xUnfetch>::call};
  return result;
}

int open(sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags,
         int* flags_out) {
  auto* own = reinterpret_cast<passing_file*>(file);
  own->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  own->is_counted = own->is_wal || (flags & SQLITE_OPEN_MAIN_DB) != 0;
  own->base.pMethods = nullptr;
  auto* base = static_cast<sqlite3_vfs*>(self->pAppData);
  const auto rc = base->xOpen(base, path, real(file), flags, flags_out);
  // SQLite closes a file that has methods, also where opening it failed.
  if (real(file)->pMethods != nullptr)
    own->base.pMethods = &methods();
  return rc;
}

sqlite3_vfs& vfs() {
  static auto result = sqlite3_vfs{};
  return result;
}

} // namespace

failing_vfs::failing_vfs() {
  // Before anything else uses SQLite.
  REQUIRE(storage::set_up_library());
  auto* base = sqlite3_vfs_find(nullptr);
  auto& own = vfs();
  own = *base;
  own.pNext = nullptr;
  own.zName = vfs_name;
  own.szOsFile = base->szOsFile + static_cast<int>(sizeof(passing_file));
  own.pAppData = base;
  own.xOpen = open;
  set_fault(disk_fault::none);
  repair();
  REQUIRE(sqlite3_vfs_register(&own, 0) == SQLITE_OK);
}

failing_vfs::~failing_vfs() {
  set_fault(disk_fault::none);
  repair();
  sqlite3_vfs_unregister(&vfs());
}

std::string failing_vfs::name() const {
  return vfs_name;
}

void failing_vfs::set_fault(disk_fault fault) {
  current_fault().store(fault);
}

void failing_vfs::fail_operation(std::size_t number, operation_fault fault,
                                 bool is_lasting) {
  current_plan() = {0, number, fault, is_lasting};
}

void failing_vfs::repair() {
  current_plan().number = 0;
}

std::size_t failing_vfs::operations() const {
  return current_plan().count;
}

} // namespace sluice::tests
