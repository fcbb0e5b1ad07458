#include "storage/database_dump.hpp"

#include "storage/backup_handle.hpp"
#include "storage/request_bounds.hpp"
#include "storage/sqlite_error.hpp"
#include "storage/statement.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

using codec::error_code;

/// About a megabyte: the deadline is looked at so often.
constexpr auto pages_per_step = 256;

/// What a copy leaves of the disk for everybody else.
constexpr auto room_left_bytes_min = std::uint64_t{64} << 20;

/// Where a file says how it is to be written and read, and the value for "with
/// a rollback journal" (https://www.sqlite.org/fileformat.html, 1.3).
constexpr auto format_offset = off_t{18};
constexpr auto format_of_rollback_mode = std::array<char, 2>{1, 1};

/// Removes the copy's name, whatever comes.
class named_file {
public:
  explicit named_file(std::string path) : path_{std::move(path)} {
    // nop
  }
  named_file(const named_file&) = delete;
  named_file& operator=(const named_file&) = delete;
  ~named_file() {
    auto problem = std::error_code{};
    fs::remove(path_, problem);
  }
  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

/// Holds a connection's snapshot.
class snapshot {
public:
  explicit snapshot(connection& source)
      : source_{source}, begun_{source.run("BEGIN")} {
    // nop
  }
  snapshot(const snapshot&) = delete;
  snapshot& operator=(const snapshot&) = delete;
  ~snapshot() {
    if (begun_)
      // It has only read: nothing depends on how it ends.
      begun_ = source_.run("COMMIT");
  }
  [[nodiscard]] const codec::result<void>& begun() const noexcept {
    return begun_;
  }

private:
  connection& source_;
  codec::result<void> begun_;
};

/// Of all copies that are being made, or sent.
std::atomic<std::uint64_t>& copies_bytes() noexcept {
  static constinit auto bytes = std::atomic<std::uint64_t>{0};
  return bytes;
}

codec::error system_failure(const std::string& what) {
  return {error_code::storage, "the copy for the dump cannot be " + what + ": "
                                   + std::strerror(errno)};
}

codec::error no_room(std::string_view detail) {
  return {error_code::storage,
          "there is no room on the disk for the copy that a dump is made of"
              + std::string{detail},
          codec::fault_kind::shortage, SQLITE_FULL};
}

/// @return how a failed call on the copy reads; the disk may be full.
codec::error copy_failure(sqlite3* copy, int code) {
  if ((code & 0xff) == SQLITE_FULL)
    return no_room(": SQLITE_FULL");
  return copy != nullptr ? last_error(copy) : error_of(code, "cannot copy");
}

codec::result<connection_handle> open_copy(const std::string& path,
                                           int extra_flags) {
  sqlite3* raw = nullptr;
  const auto rc = sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | extra_flags, nullptr);
  auto result = connection_handle{raw};
  if (rc != SQLITE_OK)
    return std::unexpected{copy_failure(raw, rc)};
  sqlite3_extended_result_codes(raw, 1);
  // Nobody reads it after a crash. A PRAGMA acts as it is compiled and run;
  // these two return a row or nothing.
  for (const auto* sql :
       {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"})
    if (const auto set = sqlite3_exec(raw, sql, nullptr, nullptr, nullptr);
        set != SQLITE_OK)
      return std::unexpected{copy_failure(raw, set)};
  return result;
}

/// Room that copies which are being made will take: several together must not
/// fill the disk. What they have written already counts twice, to be safe.
class reserved_room {
public:
  explicit reserved_room(std::uint64_t bytes) noexcept
      : bytes_{bytes}, before_{total().fetch_add(bytes)} {
    // nop
  }
  reserved_room(const reserved_room&) = delete;
  reserved_room& operator=(const reserved_room&) = delete;
  ~reserved_room() {
    total().fetch_sub(bytes_);
  }

  [[nodiscard]] codec::result<void> check(const std::string& folder,
                                          std::uint64_t left_bytes) const {
    auto problem = std::error_code{};
    const auto space = fs::space(folder, problem);
    if (!problem && space.available < before_ + bytes_ + left_bytes)
      return std::unexpected{
          no_room("; it takes " + std::to_string(bytes_) + " bytes")};
    return {};
  }

private:
  static std::atomic<std::uint64_t>& total() noexcept {
    static constinit auto bytes = std::atomic<std::uint64_t>{0};
    return bytes;
  }
  std::uint64_t bytes_;
  std::uint64_t before_;
};

codec::result<std::uint64_t> dumped_bytes(connection& source,
                                          std::uint64_t bytes_max) {
  auto size = source.size_bytes();
  if (!size)
    return std::unexpected{std::move(size.error())};
  const auto bytes = static_cast<std::uint64_t>(*size);
  if (bytes > bytes_max)
    return codec::fail(error_code::too_large,
                       "the database has " + std::to_string(bytes)
                           + " bytes, more than limits.dump_bytes_max ("
                           + std::to_string(bytes_max) + ") allows");
  return bytes;
}

/// Makes the folder for temporary files again where somebody removed it.
codec::result<void> require_folder(const std::string& path) {
  if (::mkdir(path.c_str(), S_IRWXU) == 0 || errno == EEXIST)
    return {};
  return std::unexpected{system_failure("made in the folder " + path)};
}

codec::result<void> copy_pages(connection& source, const std::string& path,
                               const dump_options& options) {
  auto copy = open_copy(path, SQLITE_OPEN_CREATE);
  if (!copy)
    return std::unexpected{std::move(copy.error())};
  auto backup = backup_handle{
      sqlite3_backup_init(copy->get(), "main", source.handle(), "main")};
  if (!backup)
    return std::unexpected{last_error(copy->get())};
  auto rc = SQLITE_OK;
  while (rc == SQLITE_OK) {
    if (std::chrono::steady_clock::now() >= options.until
        || (options.is_cancelled != nullptr && options.is_cancelled->load()))
      return codec::fail(error_code::timeout,
                         "the deadline passed while the database was copied");
    rc = sqlite3_backup_step(backup.get(), pages_per_step);
  }
  if (rc != SQLITE_DONE)
    return std::unexpected{copy_failure(nullptr, rc)};
  return {};
}

/// So that SQLite can open it where it cannot make the files of WAL mode.
codec::result<void> leave_wal_mode(const std::string& path) {
  const auto file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0)
    return std::unexpected{system_failure("opened")};
  const auto written = ::pwrite(file, format_of_rollback_mode.data(),
                                format_of_rollback_mode.size(), format_offset);
  auto done = codec::result<void>{};
  if (written != static_cast<ssize_t>(format_of_rollback_mode.size()))
    done = std::unexpected{system_failure("written")};
  ::close(file);
  return done;
}

codec::result<std::vector<std::string>> internal_tables(sqlite3* copy) {
  sqlite3_stmt* raw = nullptr;
  const auto prepared = sqlite3_prepare_v2(
      copy,
      "SELECT 'DROP TABLE \"' || name || '\"' FROM sqlite_schema WHERE type = "
      "'table' AND name IN ('_cf_METADATA', '_cf_KV')",
      -1, &raw, nullptr);
  const auto statement = statement_handle{raw};
  if (prepared != SQLITE_OK)
    return std::unexpected{last_error(copy)};
  auto result = std::vector<std::string>{};
  auto step = sqlite3_step(raw);
  for (; step == SQLITE_ROW; step = sqlite3_step(raw))
    if (const auto* text = sqlite3_column_text(raw, 0); text != nullptr)
      result.emplace_back(reinterpret_cast<const char*>(text));
  if (step != SQLITE_DONE)
    return std::unexpected{last_error(copy)};
  return result;
}

/// What is only Sluice's own: who takes the dump elsewhere could not even
/// import it. Their pages are overwritten with zeros.
codec::result<void> drop_internal_tables(const std::string& path) {
  auto copy = open_copy(path, 0);
  if (!copy)
    return std::unexpected{std::move(copy.error())};
  auto* raw = copy->get();
  auto drops = internal_tables(raw);
  if (!drops)
    return std::unexpected{std::move(drops.error())};
  drops->insert(drops->begin(), {"PRAGMA secure_delete = ON", "BEGIN"});
  drops->emplace_back("COMMIT");
  for (const auto& sql : *drops)
    if (const auto done
        = sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr);
        done != SQLITE_OK)
      return std::unexpected{copy_failure(raw, done)};
  return {};
}

} // namespace

codec::result<database_dump>
database_dump::take(connection& source, const data_directory& directory,
                    const dump_options& options) {
  const auto bounds = request_bounds{source.options().limits};
  if (auto there = require_folder(directory.temporary_path()); !there)
    return std::unexpected{std::move(there.error())};
  const auto copy = named_file{directory.new_dump_path()};
  auto result = database_dump{};
  {
    const auto seen = snapshot{source};
    if (!seen.begun())
      return std::unexpected{seen.begun().error()};
    auto commit = source.integer("SELECT commit_number FROM _cf_METADATA");
    if (!commit)
      return std::unexpected{std::move(commit.error())};
    result.commit_number_ = static_cast<std::uint64_t>(*commit);
    auto bytes = dumped_bytes(source, options.bytes_max);
    if (!bytes)
      return std::unexpected{std::move(bytes.error())};
    if (auto counted = result.count(*bytes, options.copies_bytes_max); !counted)
      return std::unexpected{std::move(counted.error())};
    const auto room = reserved_room{*bytes};
    if (auto fits
        = room.check(directory.temporary_path(),
                     std::max(options.room_left_bytes, room_left_bytes_min));
        !fits)
      return std::unexpected{std::move(fits.error())};
    if (auto copied = copy_pages(source, copy.path(), options); !copied)
      return std::unexpected{std::move(copied.error())};
  }
  if (auto left = leave_wal_mode(copy.path()); !left)
    return std::unexpected{std::move(left.error())};
  if (auto dropped = drop_internal_tables(copy.path()); !dropped)
    return std::unexpected{std::move(dropped.error())};
  if (auto opened = result.open(copy.path()); !opened)
    return std::unexpected{std::move(opened.error())};
  return result;
}

void database_dump::copy_counter::operator()(
    const std::uint64_t* bytes) const noexcept {
  copies_bytes().fetch_sub(*bytes);
  std::default_delete<const std::uint64_t>{}(bytes);
}

codec::result<void> database_dump::count(std::uint64_t bytes,
                                         std::uint64_t all_bytes_max) {
  auto counted = std::make_unique<const std::uint64_t>(bytes);
  const auto others = copies_bytes().fetch_add(bytes);
  counted_ = counted_copy{counted.release()};
  if (others == 0 || others + bytes <= all_bytes_max)
    return {};
  return codec::fail(error_code::overloaded,
                     "the copies that other dumps are sent from have "
                         + std::to_string(others)
                         + " bytes, and limits.dump_copies_bytes_max is "
                         + std::to_string(all_bytes_max)
                         + ": take the dump when those have been taken");
}

codec::result<void> database_dump::open(const std::string& path) {
  auto problem = std::error_code{};
  size_bytes_ = fs::file_size(path, problem);
  file_ = file_handle{std::fopen(path.c_str(), "rbe")};
  if (problem || !file_)
    return std::unexpected{system_failure("opened")};
  // It is read in large pieces.
  if (std::setvbuf(file_.get(), nullptr, _IONBF, 0) != 0)
    return std::unexpected{system_failure("read")};
  return {};
}

codec::result<std::size_t> database_dump::read(std::span<char> into) {
  const auto bytes = std::fread(into.data(), 1, into.size(), file_.get());
  if (bytes == 0 && std::ferror(file_.get()) != 0)
    return std::unexpected{system_failure("read")};
  return bytes;
}

} // namespace sluice::storage
