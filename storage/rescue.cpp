#include "storage/rescue.hpp"

#include "storage/backup_handle.hpp"
#include "storage/file_fault.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <system_error>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

using codec::error_code;

/// Some megabytes.
constexpr auto pages_per_rescue_step = 1'000;

codec::result<void> copy_pages(connection& source, const std::string& path,
                               const std::function<bool()>& goes_on) {
  sqlite3* raw = nullptr;
  const auto opened = sqlite3_open_v2(path.c_str(), &raw,
                                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                          | SQLITE_OPEN_NOMUTEX,
                                      nullptr);
  const auto target = connection_handle{raw};
  if (opened != SQLITE_OK)
    return std::unexpected{raw != nullptr ? last_error(raw)
                                          : error_of(opened, "cannot open")};
  sqlite3_extended_result_codes(raw, 1);
  auto backup = backup_handle{
      sqlite3_backup_init(raw, "main", source.handle(), "main")};
  if (!backup)
    return std::unexpected{last_error(raw)};
  auto rc = SQLITE_OK;
  while (rc == SQLITE_OK) {
    if (!goes_on())
      return codec::fail(error_code::storage, "the copy was cut off");
    // With the last page it commits, and syncs.
    rc = sqlite3_backup_step(backup.get(), pages_per_rescue_step);
  }
  if (rc != SQLITE_DONE)
    return std::unexpected{error_of(rc, "cannot copy")};
  return {};
}

/// Copies all that is in the WAL into the file, and starts the WAL over.
codec::result<void> move_wal_into_file(connection& connection) {
  auto in_wal = 0;
  auto copied = 0;
  const auto rc
      = sqlite3_wal_checkpoint_v2(connection.handle(), "main",
                                  SQLITE_CHECKPOINT_TRUNCATE, &in_wal, &copied);
  if (rc != SQLITE_OK)
    return std::unexpected{last_error(connection.handle())};
  return {};
}

rescue_outcome copy_beside(connection& connection, const file_watch& watch,
                           const data_directory& directory,
                           std::string_view uuid,
                           const std::function<bool()>& goes_on) {
  const auto path = directory.rescue_path(uuid);
  if (!path)
    return {rescue_kind::put_off,
            "it cannot be copied: there are "
                + std::to_string(data_directory::rescues_max)
                + " copies of this database already, remove some"};
  // The folder may be gone as well.
  auto problem = std::error_code{};
  fs::create_directories(fs::path{*path}.parent_path(), problem);
  if (auto copied = copy_database(connection, *path, goes_on); !copied) {
    const auto text = "its data cannot be copied: " + copied.error().message;
    if (!goes_on() || is_damage(copied.error()))
      return {rescue_kind::hopeless, text};
    return {rescue_kind::put_off,
            text + "; make room, do not stop Sluice: it tries again"};
  }
  // What replaces the file must not meet a WAL that is not its own.
  if (file_number(watch.wal_path()) == watch.wal_number())
    fs::rename(watch.wal_path(), *path + std::string{rescued_wal_suffix},
               problem);
  return {rescue_kind::saved, "all of its data was copied to databases/"
                                  + fs::path{*path}.filename().string()};
}

} // namespace

codec::result<void> copy_database(connection& source, const std::string& path,
                                  const std::function<bool()>& goes_on) {
  const auto partial = path + ".partial";
  auto problem = std::error_code{};
  // Of an attempt that a crash cut off.
  fs::remove(partial, problem);
  auto copied = copy_pages(source, partial, goes_on);
  if (copied) {
    fs::rename(partial, path, problem);
    if (problem)
      copied = codec::fail(error_code::storage, "cannot rename " + partial
                                                    + ": " + problem.message());
  }
  if (!copied) {
    fs::remove(partial, problem);
    fs::remove(partial + "-journal", problem);
    return copied;
  }
  return sync_folder(fs::path{path}.parent_path().string());
}

rescue_outcome rescue(connection& connection, const file_watch& watch,
                      const file_loss& loss, const data_directory& directory,
                      std::string_view uuid,
                      const std::function<bool()>& goes_on) {
  switch (loss.kind) {
  case loss_kind::removed:
  case loss_kind::wal_cut:
    return copy_beside(connection, watch, directory, uuid, goes_on);
  case loss_kind::wal_taken:
    if (move_wal_into_file(connection))
      return {rescue_kind::saved, "all that was in it is in the file"};
    return copy_beside(connection, watch, directory, uuid, goes_on);
  case loss_kind::damaged:
  case loss_kind::unknown:
    break;
  }
  return {};
}

} // namespace sluice::storage
