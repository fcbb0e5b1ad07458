#include "storage/database_file.hpp"

#include "storage/file_fault.hpp"
#include "storage/file_watch.hpp"
#include "storage/write_transaction.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace sluice::storage {

namespace {

using codec::error_code;

codec::result<void> make(const std::string& path, std::string_view uuid,
                         const connection_options& options) {
  auto opened = connection::open(path, options);
  if (!opened)
    return std::unexpected{opened.error()};
  if (auto made = write_transaction::open(**opened, uuid); !made)
    return std::unexpected{made.error()};
  // From here on its end may remove the WAL.
  (*opened)->set_checkpoint_on_close(true);
  return (*opened)->checkpoint(connection::checkpoint_mode::truncate);
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
      "SELECT count(*) FROM sqlite_schema WHERE name = '_sluice_state'");
  if (!is_there)
    return std::unexpected{is_there.error()};
  if (*is_there == 0)
    return std::unexpected{stateless_file()};
  auto found = connection.text("SELECT database_uuid FROM _sluice_state");
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

codec::result<void> check_for_damage(connection& connection,
                                     std::chrono::milliseconds patience) {
  connection.set_deadline(std::chrono::steady_clock::now() + patience);
  auto found = connection.text("PRAGMA quick_check(1)");
  connection.set_deadline(no_deadline);
  if (!found)
    return found.error().code == error_code::timeout
               ? codec::result<void>{}
               : std::unexpected{std::move(found.error())};
  if (*found == "ok")
    return {};
  std::ranges::replace(*found, '\n', ' ');
  return codec::fail(error_code::storage, *found + ": SQLITE_CORRUPT");
}

} // namespace sluice::storage
