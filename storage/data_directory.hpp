#pragma once

#include "codec/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::storage {

/// Where files are. Nothing outside of storage/ knows their names.
///
///     <data>/lock                     one Sluice per folder
///     <data>/catalogue.sqlite         which databases there are
///     <data>/databases/<uuid>.sqlite  one file each, with -wal and -shm
///     <data>/temporary/               what SQLite sorts, unlinked while open
///     <data>/nats/                    the embedded nats-server's
class data_directory {
public:
  /// Makes the folder where it is missing (mode 0700), checks that it can be
  /// written to, and locks it against a second Sluice.
  /// @return `storage` with what to do about it.
  [[nodiscard]] static codec::result<data_directory>
  open(const std::string& path);

  data_directory(data_directory&& other) noexcept;
  data_directory& operator=(data_directory&& other) noexcept;
  ~data_directory();

  [[nodiscard]] std::string catalogue_path() const;
  [[nodiscard]] std::string database_path(std::string_view uuid) const;
  /// A folder for SQLite's temporary files.
  [[nodiscard]] std::string temporary_path() const;
  /// For the embedded nats-server.
  [[nodiscard]] std::string nats_path() const;

  /// Bytes of a database's main file; 0 if it has none yet.
  [[nodiscard]] std::uint64_t file_size(std::string_view uuid) const noexcept;

  /// Removes a database's files. Nobody may have them open.
  [[nodiscard]] codec::result<void>
  remove_database(std::string_view uuid) const;

private:
  data_directory(std::string path, int lock);
  std::string path_;
  /// File descriptor that holds the lock; the kernel frees it with the
  /// process.
  int lock_ = -1;
};

} // namespace sluice::storage
