#include "storage/database_file.hpp"

#include "storage/file_fault.hpp"
#include "storage/file_watch.hpp"
#include "storage/write_transaction.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

namespace sluice::storage {

namespace {

using codec::error_code;

/// Interrupts what a connection does, from so long on. A deadline would not do:
/// SQLite 3.40 does not look at it while it walks through a table's pages.
class interrupter {
public:
  interrupter(sqlite3* db, std::chrono::milliseconds patience)
      : thread_{[this, db, patience] {
          auto guard = std::unique_lock{mutex_};
          if (done_.wait_for(guard, patience, [this] { return is_done_; }))
            return;
          // The first may have come before there was anything to interrupt.
          do
            sqlite3_interrupt(db);
          while (!done_.wait_for(guard, again, [this] { return is_done_; }));
        }} {
    // nop
  }
  interrupter(const interrupter&) = delete;
  interrupter& operator=(const interrupter&) = delete;
  ~interrupter() {
    {
      const auto guard = std::lock_guard{mutex_};
      is_done_ = true;
    }
    done_.notify_all();
    thread_.join();
  }

private:
  static constexpr auto again = std::chrono::milliseconds{10};
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
  std::thread thread_;
};

codec::result<void> make(const std::string& path, std::string_view uuid,
                         const connection_options& options) {
  auto opened = connection::open(path, options);
  if (!opened)
    return std::unexpected{opened.error()};
  if (auto made = write_transaction::open(**opened, uuid); !made)
    return std::unexpected{made.error()};
  // From here on its end may remove the WAL.
  (*opened)->set_checkpoint_on_close(true);
  if (auto done = (*opened)->checkpoint(connection::checkpoint_mode::truncate);
      !done)
    return std::unexpected{std::move(done.error())};
  return {};
}

/// @return "ok", or what was found first; `timeout` where the time was over.
codec::result<std::string> quick_check(connection& connection,
                                       std::chrono::milliseconds patience) {
  const auto bound = interrupter{connection.handle(), patience};
  return connection.text("PRAGMA quick_check(1)");
}

} // namespace

codec::result<void> make_database_file(const data_directory& directory,
                                       std::string_view uuid,
                                       const connection_options& options) {
  const auto path = directory.database_path(uuid);
  auto own_options = options;
  own_options.access = access::writer;
  own_options.creates = true;
  // The catalogue will say that the file is there.
  own_options.durability = config::durability::full;
  auto problem = std::error_code{};
  const auto is_new = !std::filesystem::exists(path, problem);
  auto made = make(path, uuid, own_options);
  if (made)
    made = directory.sync_databases();
  if (!made && is_new)
    for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
      std::filesystem::remove(path + suffix, problem);
  return made;
}

codec::result<void> check_owner(connection& connection, std::string_view uuid) {
  auto is_there = connection.integer(
      "SELECT count(*) FROM sqlite_schema WHERE name = '_cf_METADATA'");
  if (!is_there)
    return std::unexpected{is_there.error()};
  if (*is_there == 0)
    return std::unexpected{stateless_file()};
  auto found = connection.text("SELECT database_uuid FROM _cf_METADATA");
  if (!found)
    return std::unexpected{found.error()};
  if (*found != uuid)
    return std::unexpected{foreign_file(*found, uuid)};
  return {};
}

codec::result<void> check_wal_fits(const data_directory& directory,
                                   std::string_view uuid,
                                   const file_pair& former) {
  const auto path = directory.database_path(uuid);
  const auto wal_path = path + "-wal";
  const auto is_other = former.file != 0 && file_number(path) != former.file;
  auto problem = std::error_code{};
  if (!is_other || former.wal == 0 || file_number(wal_path) != former.wal
      || std::filesystem::file_size(wal_path, problem) == 0 || problem)
    return {};
  return codec::fail(error_code::storage,
                     "the file was replaced, but the -wal beside it is that of "
                     "the file that was there before: put it aside, too");
}

bool is_proven_sound(const std::string& path, std::string_view uuid,
                     connection_options options,
                     std::chrono::milliseconds patience) {
  options.access = access::reader;
  options.creates = false;
  auto opened = connection::open(path, options);
  if (!opened || !check_owner(**opened, uuid))
    return false;
  const auto found = quick_check(**opened, patience);
  return found && *found == "ok";
}

codec::result<void> check_for_damage(connection& connection,
                                     std::chrono::milliseconds patience) {
  auto found = quick_check(connection, patience);
  if (!found)
    return found.error().code == error_code::timeout
               ? codec::result<void>{}
               : std::unexpected{std::move(found.error())};
  if (*found == "ok")
    return {};
  std::ranges::replace(*found, '\n', ' ');
  return std::unexpected{
      codec::error{error_code::storage, *found + ": SQLITE_CORRUPT",
                   codec::fault_kind::damage, SQLITE_CORRUPT}};
}

} // namespace sluice::storage
