#include "storage/file_watch.hpp"

#include "storage/sqlite_error.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sluice::storage {

namespace {

using codec::error_code;

std::string name_of(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

} // namespace

std::uint64_t file_number(const std::string& path) noexcept {
  struct stat found = {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

codec::result<file_watch> file_watch::start(const connection& connection) {
  auto* db = connection.handle();
  auto result = file_watch{};
  // SQLite's own path, in which symbolic links are resolved.
  const auto* path = sqlite3_db_filename(db, "main");
  result.file_.path = path != nullptr ? path : "";
  result.wal_.path = path != nullptr ? sqlite3_filename_wal(path) : "";
  for (auto* file : {&result.file_, &result.wal_}) {
    struct stat found = {};
    if (::stat(file->path.c_str(), &found) != 0)
      return codec::fail(error_code::storage, "the file " + name_of(file->path)
                                                  + ": "
                                                  + std::strerror(errno));
    file->device = found.st_dev;
    file->number = found.st_ino;
    file->bytes_min = found.st_size;
  }
  auto has_moved = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&result.open_file_))
          != SQLITE_OK
      || sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved)
             != SQLITE_OK)
    return std::unexpected{last_error(db)};
  if (has_moved != 0 || result.read_head(result.head_) != SQLITE_OK)
    return codec::fail(error_code::storage,
                       "the file " + name_of(result.file_.path)
                           + " was replaced while it was opened");
  return result;
}

int file_watch::read_head(head& out) const noexcept {
  return open_file_->pMethods->xRead(open_file_, out.data(),
                                     static_cast<int>(out.size()), 0);
}

file_watch::finding file_watch::compare(watched& file) {
  struct stat found = {};
  if (::stat(file.path.c_str(), &found) != 0)
    return errno == ENOENT || errno == ENOTDIR ? finding::gone
                                               : finding::unknown;
  if (found.st_ino != file.number || found.st_dev != file.device)
    return finding::replaced;
  if (found.st_size < file.bytes_min)
    return finding::shorter;
  file.bytes_min = found.st_size;
  return finding::same;
}

std::optional<file_loss> file_watch::look() {
  const auto file = compare(file_);
  const auto wal = compare(wal_);
  auto now = head{};
  // What is mapped into memory must not be read where it was cut off.
  const auto read
      = file == finding::shorter ? SQLITE_IOERR_SHORT_READ : read_head(now);
  if (file == finding::same && wal == finding::same && read == SQLITE_OK
      && now == head_)
    return std::nullopt;
  return word(file, wal, read, now != head_);
}

file_loss file_watch::word(finding file, finding wal, int read,
                           bool is_overwritten) const {
  const auto name = "the file " + name_of(file_.path);
  if (file == finding::gone)
    return {loss_kind::removed, name + " was removed"};
  if (file == finding::replaced)
    return {loss_kind::removed, name + " was replaced by another one"};
  if (file == finding::unknown || wal == finding::unknown)
    return {loss_kind::unknown,
            "the file system does not tell whether " + name + " is there"};
  if (read == SQLITE_IOERR_SHORT_READ)
    return {loss_kind::damaged, name + " was cut off"};
  if (read != SQLITE_OK)
    return {loss_kind::damaged, error_of(read, name).message};
  if (is_overwritten)
    return {loss_kind::damaged, name + " was overwritten"};
  const auto wal_name = "the file " + name_of(wal_.path);
  if (wal == finding::shorter)
    return {loss_kind::wal_cut, wal_name + " was cut off"};
  return {loss_kind::wal_taken,
          wal_name
              + (wal == finding::gone ? " was removed"
                                      : " was replaced by another one")};
}

void file_watch::settle() noexcept {
  for (auto* file : {&file_, &wal_}) {
    struct stat found = {};
    if (::stat(file->path.c_str(), &found) == 0 && found.st_ino == file->number
        && found.st_dev == file->device)
      file->bytes_min = found.st_size;
  }
}

} // namespace sluice::storage
