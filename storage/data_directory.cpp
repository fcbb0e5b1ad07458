#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
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

/// What to do about a folder that cannot be written to.
std::string remedy(int problem) {
  const auto why = std::string{std::strerror(problem)};
  if (problem == EROFS)
    return why + "; mount it for writing, or name another folder with --data";
  if (problem == ENOSPC || problem == EDQUOT)
    return why + "; make room there, or name another folder with --data";
  return why + "; give its owner's rights to the user that runs Sluice (number "
         + std::to_string(::geteuid())
         + "), or name another folder with --data";
}

/// Files must be made in it and removed from it.
codec::result<void> require_writable(const fs::path& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0)
    return {};
  return std::unexpected{
      cannot("write to the folder " + path.string(), remedy(errno))};
}

constexpr auto database_suffix = std::string_view{".sqlite"};
constexpr auto dump_prefix = std::string_view{"dump-"};

/// What a process that did not end well has left of its dumps. They only take
/// room: where one cannot be removed, nothing else is the worse for it.
void remove_old_dumps(const fs::path& folder) {
  auto problem = std::error_code{};
  auto found = std::vector<fs::path>{};
  for (auto i = fs::directory_iterator{folder, problem};
       !problem && i != fs::directory_iterator{}; i.increment(problem))
    if (i->path().filename().string().starts_with(dump_prefix))
      found.push_back(i->path());
  for (const auto& path : found)
    fs::remove(path, problem);
}

/// `<uuid>.rescued.sqlite`, `<uuid>.rescued-2.sqlite`, …
std::string rescued_path(const fs::path& original, int number) {
  auto name = original.stem().string() + ".rescued";
  if (number > 1)
    name += "-" + std::to_string(number);
  return (original.parent_path() / name).string()
         + std::string{database_suffix};
}

std::optional<std::string> free_rescue_path(const fs::path& original) {
  auto problem = std::error_code{};
  for (auto i = 1; i <= data_directory::rescues_max; ++i)
    if (auto path = rescued_path(original, i); !fs::exists(path, problem))
      return path;
  return std::nullopt;
}

codec::result<void>
remove_files(const std::string& path,
             std::initializer_list<std::string_view> suffixes) {
  for (const auto suffix : suffixes) {
    auto problem = std::error_code{};
    const auto file = path + std::string{suffix};
    fs::remove(file, problem);
    if (problem)
      return std::unexpected{cannot("remove " + file, problem.message())};
  }
  return {};
}

} // namespace

codec::result<data_directory>
data_directory::open(const std::string& path,
                     const config::storage_settings& room) {
  const auto root = fs::path{path};
  for (const auto& folder : {root, root / "databases", root / "temporary"}) {
    if (auto made = make_private_folder(folder); !made)
      return std::unexpected{made.error()};
    if (auto writable = require_writable(folder); !writable)
      return std::unexpected{writable.error()};
  }
  const auto lock_path = (fs::path{path} / "lock").string();
  const auto lock
      = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return std::unexpected{
        cannot("write to the data folder " + path, remedy(errno))};
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return std::unexpected{
        cannot("use the data folder " + path,
               "another Sluice has it; stop that one, or name another folder "
               "with --data")};
  }
  remove_old_dumps(root / "temporary");
  return data_directory{path, lock, room};
}

data_directory::data_directory(std::string path, int lock,
                               const config::storage_settings& room)
    : path_{std::move(path)}, room_{std::make_unique<disk_room>(path_, room)},
      lock_{lock} {
  // nop
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_{std::move(other.path_)}, room_{std::move(other.room_)},
      lock_{std::exchange(other.lock_, -1)} {
  // nop
}

data_directory& data_directory::operator=(data_directory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(room_, other.room_);
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

std::string data_directory::new_dump_path() const {
  static auto count = std::atomic<std::uint64_t>{0};
  const auto number = std::to_string(count.fetch_add(1) + 1);
  return (fs::path{path_} / "temporary" / (std::string{dump_prefix} + number))
             .string()
         + std::string{database_suffix};
}

std::string data_directory::secret_path() const {
  return (fs::path{path_} / "auth.secret").string();
}

std::string data_directory::nats_path() const {
  return (fs::path{path_} / "nats").string();
}

std::uint64_t data_directory::file_size(std::string_view uuid) const noexcept {
  auto problem = std::error_code{};
  const auto size = fs::file_size(database_path(uuid), problem);
  return problem ? 0 : size;
}

std::vector<std::string>
data_directory::rescued_copies(std::string_view uuid) const {
  auto result = std::vector<std::string>{};
  auto problem = std::error_code{};
  for (auto i = 1; i <= rescues_max; ++i)
    if (auto path = rescued_path(database_path(uuid), i);
        fs::exists(path, problem))
      result.push_back(std::move(path));
  return result;
}

std::optional<std::string>
data_directory::rescue_path(std::string_view uuid) const {
  return free_rescue_path(database_path(uuid));
}

std::optional<std::string> data_directory::catalogue_rescue_path() const {
  return free_rescue_path(catalogue_path());
}

std::string data_directory::looks_of(std::string_view uuid) const {
  auto result = std::string{};
  const auto add = [&result](auto x) {
    result += std::to_string(x) + " ";
  };
  const auto path = fs::path{database_path(uuid)};
  struct stat found = {};
  for (const auto& file : {path.string(), path.string() + "-wal"}) {
    if (::stat(file.c_str(), &found) != 0) {
      add(errno);
      continue;
    }
    add(found.st_ino);
    add(found.st_size);
    // It also changes with the owner and the mode.
    add(found.st_ctim.tv_sec);
    add(found.st_ctim.tv_nsec);
  }
  // The rest of these changes all the time.
  for (const auto& other :
       {path.string() + "-shm", path.parent_path().string()})
    if (::stat(other.c_str(), &found) == 0) {
      add(found.st_mode);
      add(found.st_uid);
    }
  return result;
}

codec::result<void> data_directory::sync_databases() const {
  return sync_folder((fs::path{path_} / "databases").string());
}

std::size_t data_directory::database_files() const {
  auto problem = std::error_code{};
  auto count = std::size_t{0};
  // A folder that cannot be listed cannot be written to, either, and `open` has
  // looked at that.
  for (auto i = fs::directory_iterator{fs::path{path_} / "databases", problem};
       !problem && i != fs::directory_iterator{}; i.increment(problem))
    if (i->path().extension() == database_suffix)
      ++count;
  return count;
}

codec::result<void> sync_folder(const std::string& path) {
  const auto folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto is_done = folder >= 0 && ::fsync(folder) == 0;
  const auto problem = errno;
  if (folder >= 0)
    ::close(folder);
  if (!is_done)
    return std::unexpected{
        cannot("sync the folder " + path, std::strerror(problem))};
  return {};
}

codec::result<void>
data_directory::remove_database(std::string_view uuid) const {
  const auto path = database_path(uuid);
  for (const auto& copy : rescued_copies(uuid))
    if (auto removed = remove_files(copy, {rescued_wal_suffix, ""}); !removed)
      return removed;
  // The main file last: while it is there, the removal is found unfinished
  // and done again at the next start.
  return remove_files(path, {"-wal", "-shm", "-journal", ""});
}

} // namespace sluice::storage
