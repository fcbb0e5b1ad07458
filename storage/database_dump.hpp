#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace sluice::storage {

/// The bounds of one dump.
struct dump_options {
  deadline until = no_deadline;
  /// Bytes of a database, beyond which it is not copied.
  std::uint64_t bytes_max = 0;
  /// Bytes of all copies at one time; one alone may have more.
  std::uint64_t copies_bytes_max = 0;
  /// Set by another thread where it is to end before that; null: by nobody.
  const std::atomic<bool>* is_cancelled = nullptr;
  /// What the copy leaves of the disk for everybody else, where it is more than
  /// 64 MiB.
  std::uint64_t room_left_bytes = 0;
};

/// A database as of one commit, as a file that anybody's SQLite can open: its
/// own tables only, without those of Sluice, and not in WAL mode.
///
/// It is copied beside the database, in a file that has no name any more once
/// it is complete: so a reader's snapshot lasts as long as the disk takes, and
/// not as long as the network does (docs/adr/0027). Belongs to one thread.
class database_dump {
public:
  /// Copies.
  /// @param source a reader's connection, not in a transaction.
  /// @return `too_large` beyond `bytes_max`, `overloaded` beyond
  ///   `copies_bytes_max`, `timeout` after the deadline, `storage` where there
  ///   is no room for the copy, or the file is damaged.
  [[nodiscard]] static codec::result<database_dump>
  take(connection& source, const data_directory& directory,
       const dump_options& options);

  [[nodiscard]] std::uint64_t size_bytes() const noexcept {
    return size_bytes_;
  }
  /// The commit that it shows.
  [[nodiscard]] std::uint64_t commit_number() const noexcept {
    return commit_number_;
  }

  /// Reads on, from the beginning.
  /// @return how many bytes; 0 at the end.
  [[nodiscard]] codec::result<std::size_t> read(std::span<char> into);

private:
  struct file_closer {
    void operator()(std::FILE* file) const noexcept {
      // Only read from: nothing can be lost.
      static_cast<void>(std::fclose(file));
    }
  };
  using file_handle = std::unique_ptr<std::FILE, file_closer>;
  /// Counts a copy among all that there are.
  struct copy_counter {
    void operator()(const std::uint64_t* bytes) const noexcept;
  };
  using counted_copy = std::unique_ptr<const std::uint64_t, copy_counter>;
  database_dump() = default;
  [[nodiscard]] codec::result<void> count(std::uint64_t bytes,
                                          std::uint64_t all_bytes_max);
  [[nodiscard]] codec::result<void> open(const std::string& path);

  counted_copy counted_;
  file_handle file_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t commit_number_ = 0;
};

} // namespace sluice::storage
