#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

struct sqlite3_file;

namespace sluice::storage {

/// The file that a path leads to; 0: none. A number is not used again while
/// anybody has the file open.
[[nodiscard]] std::uint64_t file_number(const std::string& path) noexcept;

enum class loss_kind : std::uint8_t {
  unknown,   ///< The file system does not say; nothing need be wrong.
  removed,   ///< The path leads nowhere, or to another file.
  wal_taken, ///< The same for the WAL.
  wal_cut,   ///< The WAL is shorter than it was.
  damaged,   ///< The file is shorter than it was, or has other contents.
};

/// What became of the files that a connection has open.
struct file_loss {
  loss_kind kind = loss_kind::unknown;
  /// In words.
  std::string message;
};

/// Notices that a database's file or its WAL is taken away, cut or overwritten
/// while a connection has them open. SQLite does not: it goes on with the
/// open file, which ends with the process.
///
/// One look costs two calls of stat(2) and one of pread(2), about a
/// microsecond. Noise behind the first bytes is left to SQLite. Belongs to the
/// connection's thread.
class file_watch {
public:
  /// @param connection has read from the file, so that the WAL is there;
  ///   outlives this.
  [[nodiscard]] static codec::result<file_watch>
  start(const connection& connection);

  /// @return nothing while all is as it was.
  [[nodiscard]] std::optional<file_loss> look();

  /// The connection has copied the WAL into the file: both may be shorter.
  void settle() noexcept;

  /// Of the file, and of the WAL.
  [[nodiscard]] std::uint64_t number() const noexcept {
    return file_.number;
  }
  [[nodiscard]] std::uint64_t wal_number() const noexcept {
    return wal_.number;
  }
  [[nodiscard]] const std::string& wal_path() const noexcept {
    return wal_.path;
  }

private:
  /// What SQLite never changes: the format, the page size, the journal mode.
  using head = std::array<unsigned char, 24>;
  struct watched {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    std::int64_t bytes_min = 0;
  };
  enum class finding : std::uint8_t { same, unknown, gone, replaced, shorter };

  file_watch() = default;
  [[nodiscard]] static finding compare(watched& file);
  /// @param read the result code of reading the head.
  [[nodiscard]] file_loss word(finding file, finding wal, int read,
                               bool is_overwritten) const;
  /// @return a result code of SQLite.
  [[nodiscard]] int read_head(head& out) const noexcept;

  watched file_;
  watched wal_;
  /// SQLite's own, for a file that is opened beside SQLite loses its locks
  /// when that is closed.
  sqlite3_file* open_file_ = nullptr;
  head head_ = {};
};

} // namespace sluice::storage
