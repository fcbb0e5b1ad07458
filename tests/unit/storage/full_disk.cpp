#include "storage/sqlite_library.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <string_view>

namespace sluice::storage {

namespace {

/// SQLite's own VFS, with a disk that can be full: then writing fails.
class full_disk {
public:
  full_disk() {
    // Before anything else uses SQLite.
    REQUIRE(set_up_library());
    vfs_ = *sqlite3_vfs_find(nullptr);
    vfs_.zName = name;
    vfs_.pNext = nullptr;
    vfs_.xOpen = &full_disk::open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~full_disk() {
    is_full = false;
    sqlite3_vfs_unregister(&vfs_);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

  static constexpr auto name = "full-disk";
  // SQLite calls back without an object of ours.
  static inline bool is_full = false;

private:
  static int open(sqlite3_vfs*, sqlite3_filename path, sqlite3_file* file,
                  int flags, int* flags_out) {
    auto* real = sqlite3_vfs_find(nullptr);
    const auto rc = real->xOpen(real, path, file, flags, flags_out);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
      methods = *file->pMethods;
      real_write = methods.xWrite;
      methods.xWrite = &full_disk::write;
      file->pMethods = &methods;
    }
    return rc;
  }

  static int write(sqlite3_file* file, const void* data, int bytes,
                   sqlite3_int64 offset) {
    return is_full ? SQLITE_FULL : real_write(file, data, bytes, offset);
  }

  sqlite3_vfs vfs_ = {};
  static inline sqlite3_io_methods methods = {};
  static inline decltype(sqlite3_io_methods::xWrite) real_write = nullptr;
};

} // namespace

TEST_CASE("a full disk is a storage error, and not the database's limit",
          "[storage][full_disk]") {
  const auto disk = full_disk{};
  auto options = writer_options();
  options.vfs = full_disk::name;
  // More than any disk has room for.
  options.limits.database_bytes_max = std::uint64_t{1} << 60U;
  auto database = test_database{options};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  const auto number = database.transaction().commit_number();
  const auto expected
      = std::string{"storage: database or disk is full: SQLITE_FULL"};
  full_disk::is_full = true;
  // The commit is what writes.
  CHECK(database.write("INSERT INTO t VALUES (1)").failure() == expected);
  // More than the cache holds is written before.
  CHECK(database.write("INSERT INTO t VALUES (zeroblob(20000000))").failure()
        == expected);
  CHECK(database.read("SELECT * FROM t").results() == "[]");
  full_disk::is_full = false;
  CHECK(database.transaction().commit_number() == number);
  CHECK(database.write("INSERT INTO t VALUES (2)").failure() == "none");
  CHECK(database.read("SELECT x FROM t").results() == R"([{"x":2}])");
}

} // namespace sluice::storage
