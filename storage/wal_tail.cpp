#include "storage/wal_tail.hpp"

#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <array>
#include <cstdint>

namespace sluice::storage {

namespace {

// https://www.sqlite.org/walformat.html, sections 2.1 and 2.2, and
// https://www.sqlite.org/fileformat2.html, section 4.1.
constexpr auto index_region_bytes = 32 * 1'024;
constexpr auto wal_header_bytes = sqlite3_int64{32};
constexpr auto frame_header_bytes = sqlite3_int64{24};

/// The first fields of the WAL-index, in the byte order of the machine.
struct index_header {
  std::uint32_t version;
  std::uint32_t unused;
  std::uint32_t change_count;
  std::uint8_t is_initialized;
  std::uint8_t has_big_endian_checksums;
  /// 1 stands for 65536.
  std::uint16_t page_size;
  std::uint32_t valid_frames;
};
static_assert(sizeof(index_header) == 20);

codec::error unknown_tail() {
  return codec::error{codec::error_code::storage,
                      "the end of the WAL cannot be found"};
}

/// Where the next frame of the WAL will be.
codec::result<sqlite3_int64> end_of_commits(sqlite3_file* database) {
  auto* mapped = static_cast<void volatile*>(nullptr);
  if (const auto rc = database->pMethods->xShmMap(
          database, 0, index_region_bytes, 0, &mapped);
      rc != SQLITE_OK)
    return std::unexpected{error_of(rc, "the WAL-index cannot be read")};
  if (mapped == nullptr)
    return std::unexpected{unknown_tail()};
  // Only the writer changes it, on this thread.
  const auto& header = *static_cast<const volatile index_header*>(mapped);
  if (header.is_initialized == 0)
    return std::unexpected{unknown_tail()};
  const auto page_size = sqlite3_int64{header.page_size};
  const auto page_bytes = page_size == 1 ? sqlite3_int64{65'536} : page_size;
  return wal_header_bytes
         + sqlite3_int64{header.valid_frames}
               * (frame_header_bytes + page_bytes);
}

sqlite3_file* file_of(sqlite3* db, int which) {
  auto* result = static_cast<sqlite3_file*>(nullptr);
  const auto rc
      = sqlite3_file_control(db, "main", which, static_cast<void*>(&result));
  return rc == SQLITE_OK && result != nullptr && result->pMethods != nullptr
             ? result
             : nullptr;
}

} // namespace

codec::result<void> erase_wal_tail(sqlite3* db) {
  auto* database = file_of(db, SQLITE_FCNTL_FILE_POINTER);
  auto* wal = file_of(db, SQLITE_FCNTL_JOURNAL_POINTER);
  if (database == nullptr || wal == nullptr)
    return std::unexpected{unknown_tail()};
  const auto begin = end_of_commits(database);
  if (!begin)
    return std::unexpected{begin.error()};
  auto size = sqlite3_int64{0};
  if (const auto rc = wal->pMethods->xFileSize(wal, &size); rc != SQLITE_OK)
    return std::unexpected{error_of(rc, "the WAL cannot be measured")};
  if (size <= *begin)
    return {};
  const auto zeros = std::array<char, frame_header_bytes>{};
  if (wal->pMethods->xWrite(wal, zeros.data(), static_cast<int>(zeros.size()),
                            *begin)
      == SQLITE_OK)
    return {};
  if (const auto rc = wal->pMethods->xTruncate(wal, *begin); rc != SQLITE_OK)
    return std::unexpected{error_of(rc, "the WAL cannot be cut off")};
  return {};
}

} // namespace sluice::storage
