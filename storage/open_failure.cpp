#include "storage/open_failure.hpp"

#include "storage/sqlite_error.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sluice::storage {

namespace {

using codec::error_code;
using codec::fault_kind;

std::string file_name(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

std::string who_runs() {
  return "Sluice runs as the user with the number "
         + std::to_string(::geteuid());
}

std::string owner_of(const std::string& path) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0)
    return {};
  return ", its owner is the user with the number "
         + std::to_string(found.st_uid);
}

/// Adds what the system said, in words that tell what to do.
void explain(codec::error& failure, int problem, const std::string& path) {
  if (problem != 0)
    failure.system_code = problem;
  switch (problem) {
  case 0:
    return;
  case EMFILE:
  case ENFILE:
  case ENOMEM:
    failure.code = error_code::unavailable;
    failure.fault = fault_kind::shortage;
    failure.message += "; " + std::string{std::strerror(problem)};
    return;
  case ENOSPC:
  case EDQUOT:
    failure.fault = fault_kind::shortage;
    failure.message
        += "; " + std::string{std::strerror(problem)} + ": SQLITE_FULL";
    return;
  case EACCES:
  case EPERM:
  case EROFS:
    failure.message += "; " + std::string{std::strerror(problem)} + ": "
                       + who_runs() + owner_of(path);
    return;
  default:
    failure.message += "; " + std::string{std::strerror(problem)};
  }
}

std::unexpected<codec::error> refuse(const std::string& what, int problem,
                                     const std::string& path) {
  auto result = codec::error{error_code::storage, what, fault_kind::server};
  explain(result, problem, path);
  return std::unexpected{std::move(result)};
}

bool may_write(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

} // namespace

codec::result<void> check_file(const std::string& path,
                               const connection_options& options) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0) {
    const auto problem = errno;
    const auto folder
        = std::filesystem::path{path}.parent_path().string() + "/";
    if (options.creates && problem == ENOENT)
      return may_write(folder)
                 ? codec::result<void>{}
                 : refuse("the folder cannot be written to: SQLITE_CANTOPEN",
                          errno, folder);
    if (problem == ENOENT || problem == ENOTDIR)
      return codec::fail(error_code::storage,
                         "the file " + file_name(path)
                             + " is missing: SQLITE_CANTOPEN");
    return refuse("the file " + file_name(path)
                      + " cannot be opened: SQLITE_CANTOPEN",
                  problem, folder);
  }
  if (found.st_size == 0 && !options.creates)
    return std::unexpected{
        codec::error{error_code::storage,
                     "the file " + file_name(path) + " is empty: SQLITE_NOTADB",
                     fault_kind::damage, SQLITE_NOTADB}};
  if (options.access == access::writer)
    for (const auto& each : {path, path + "-wal", path + "-shm"})
      if (!may_write(each) && errno != ENOENT)
        return refuse("the file " + file_name(each)
                          + " cannot be written to: SQLITE_READONLY",
                      errno, each);
  return {};
}

codec::error open_failure(sqlite3* db, int rc, const std::string& path) {
  if (db == nullptr)
    return error_of(rc, "cannot open");
  const auto problem = sqlite3_system_errno(db);
  auto result = last_error(db);
  explain(result, problem, path);
  return result;
}

codec::error set_up_failure(sqlite3* db, codec::error failure,
                            const std::string& path) {
  // At this point it is about the file, whatever SQLite calls it.
  if (failure.code == error_code::sql_error) {
    failure.code = error_code::storage;
    failure.fault = fault_kind::server;
  }
  const auto primary = sqlite3_extended_errcode(db) & 0xff;
  if (primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR
      || primary == SQLITE_READONLY)
    explain(failure, sqlite3_system_errno(db), path);
  return failure;
}

} // namespace sluice::storage
