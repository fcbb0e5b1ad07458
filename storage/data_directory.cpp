#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

codec::error cannot(const std::string& what, const std::string& why) {
  return {codec::error_code::storage, "cannot " + what + ": " + why};
}

codec::result<void> make_private_folder(const fs::path& path) {
  auto problem = std::error_code{};
  const auto is_new = fs::create_directories(path, problem);
  if (problem)
    return std::unexpected{
        cannot("create the folder " + path.string(),
               problem.message()
                   + "; make it for the user that runs Sluice, or name another "
                     "folder with --data")};
  if (is_new)
    fs::permissions(path, fs::perms::owner_all, problem);
  if (problem)
    return std::unexpected{
        cannot("set the mode of " + path.string(), problem.message())};
  return {};
}

} // namespace

codec::result<data_directory> data_directory::open(const std::string& path) {
  if (auto made = make_private_folder(path); !made)
    return std::unexpected{made.error()};
  for (const auto* folder : {"databases", "temporary"})
    if (auto made = make_private_folder(fs::path{path} / folder); !made)
      return std::unexpected{made.error()};
  const auto lock_path = (fs::path{path} / "lock").string();
  const auto lock
      = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    const auto why = std::string{std::strerror(errno)};
    return std::unexpected{
        cannot("write to the data folder " + path,
               why
                   + "; give its owner's rights to the user that runs Sluice, "
                     "or name another folder with --data")};
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return std::unexpected{
        cannot("use the data folder " + path,
               "another Sluice has it; stop that one, or name another folder "
               "with --data")};
  }
  return data_directory{path, lock};
}

data_directory::data_directory(std::string path, int lock)
    : path_{std::move(path)}, lock_{lock} {
  // nop
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_{std::move(other.path_)}, lock_{std::exchange(other.lock_, -1)} {
  // nop
}

data_directory& data_directory::operator=(data_directory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

data_directory::~data_directory() {
  if (lock_ >= 0)
    ::close(lock_);
}

std::string data_directory::catalogue_path() const {
  return (fs::path{path_} / "catalogue.sqlite").string();
}

std::string data_directory::database_path(std::string_view uuid) const {
  auto name = std::string{uuid} + ".sqlite";
  return (fs::path{path_} / "databases" / name).string();
}

std::string data_directory::temporary_path() const {
  return (fs::path{path_} / "temporary").string();
}

std::string data_directory::nats_path() const {
  return (fs::path{path_} / "nats").string();
}

std::uint64_t data_directory::file_size(std::string_view uuid) const noexcept {
  auto problem = std::error_code{};
  const auto size = fs::file_size(database_path(uuid), problem);
  return problem ? 0 : size;
}

codec::result<void>
data_directory::remove_database(std::string_view uuid) const {
  const auto path = database_path(uuid);
  // The main file last: while it is there, the removal is found unfinished
  // and done again at the next start.
  for (const auto* suffix : {"-wal", "-shm", "-journal", ""}) {
    auto problem = std::error_code{};
    fs::remove(path + suffix, problem);
    if (problem)
      return std::unexpected{
          cannot("remove " + path + suffix, problem.message())};
  }
  return {};
}

} // namespace sluice::storage
