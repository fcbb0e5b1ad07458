#pragma once

#include "codec/error.hpp"
#include "storage/disk_room.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::storage {

/// Where files are. Nothing outside of storage/ knows their names.
///
///     <data>/lock                     one Sluice per folder
///     <data>/catalogue.sqlite         which databases there are
///     <data>/databases/<uuid>.sqlite  one file each, with -wal and -shm
///     <data>/databases/<uuid>.rescued.sqlite
///                                     copy of one that was taken away
///     <data>/reserve                  room that is kept for deletions
///     <data>/auth.secret              signs tokens and seals replies
///     <data>/temporary/               what SQLite sorts, unlinked while open
///     <data>/temporary/dump-<n>.sqlite
///                                     copy that a dump is made of
///     <data>/nats/                    the embedded nats-server's
class data_directory {
public:
  /// Makes the folder where it is missing (mode 0700), checks that it can be
  /// written to, and locks it against a second Sluice.
  /// @param room what to keep of the disk; without it nothing.
  /// @return `storage` with what to do about it.
  [[nodiscard]] static codec::result<data_directory>
  open(const std::string& path, const config::storage_settings& room
                                = {.free_bytes_min = 0, .reserve_bytes = 0});

  data_directory(data_directory&& other) noexcept;
  data_directory& operator=(data_directory&& other) noexcept;
  ~data_directory();

  /// The room on its disk. Any thread.
  [[nodiscard]] disk_room& room() const noexcept {
    return *room_;
  }

  [[nodiscard]] std::string catalogue_path() const;
  [[nodiscard]] std::string database_path(std::string_view uuid) const;
  /// A folder for SQLite's temporary files.
  [[nodiscard]] std::string temporary_path() const;
  /// Where to put the copy that a dump is made of; another path each time. What
  /// a crash leaves of them is removed at the next `open`. Any thread.
  [[nodiscard]] std::string new_dump_path() const;
  /// Where the secret is that signs tokens, if no setting says otherwise.
  [[nodiscard]] std::string secret_path() const;
  /// For the embedded nats-server.
  [[nodiscard]] std::string nats_path() const;

  /// Bytes of a database's main file; 0 if it has none yet.
  [[nodiscard]] std::uint64_t file_size(std::string_view uuid) const noexcept;

  /// Where to put the copy of a database whose file was taken away; none of
  /// that name is there. Nothing if there are `rescues_max` already.
  [[nodiscard]] std::optional<std::string>
  rescue_path(std::string_view uuid) const;
  /// The same for the catalogue.
  [[nodiscard]] std::optional<std::string> catalogue_rescue_path() const;
  /// The copies that there are of such a database, oldest first.
  [[nodiscard]] std::vector<std::string>
  rescued_copies(std::string_view uuid) const;
  static constexpr auto rescues_max = 9;

  /// A text that differs once anybody has touched a database's files, or the
  /// rights of their folder.
  [[nodiscard]] std::string looks_of(std::string_view uuid) const;

  /// Makes it last that files were made in, or removed from, the folder of
  /// databases.
  [[nodiscard]] codec::result<void> sync_databases() const;

  /// Files of databases in the folder, whether the catalogue knows them or not.
  [[nodiscard]] std::size_t database_files() const;

  /// Removes a database's files, and the copies of it. Nobody may have them
  /// open.
  [[nodiscard]] codec::result<void>
  remove_database(std::string_view uuid) const;

private:
  data_directory(std::string path, int lock,
                 const config::storage_settings& room);
  std::string path_;
  std::unique_ptr<disk_room> room_;
  /// File descriptor that holds the lock; the kernel frees it with the
  /// process.
  int lock_ = -1;
};

/// What is added to the name of a rescued copy for the WAL that it made
/// needless.
inline constexpr auto rescued_wal_suffix = std::string_view{".former-wal"};

/// Makes it last that files were made in a folder, renamed or removed.
[[nodiscard]] codec::result<void> sync_folder(const std::string& path);

} // namespace sluice::storage
