#include "tests/fault/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

constexpr auto filler = "filler";

/// A mount namespace of this thread's own; for users other than root with a
/// user namespace, in which they stay who they are.
bool leave_mounts() {
  if (::unshare(CLONE_NEWNS) == 0)
    return true;
  const auto user = std::to_string(::geteuid());
  const auto group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return false;
  std::ofstream{"/proc/self/setgroups"} << "deny";
  std::ofstream{"/proc/self/uid_map"} << user + " " + user + " 1";
  std::ofstream{"/proc/self/gid_map"} << group + " " + group + " 1";
  return true;
}

} // namespace

std::optional<small_disk> small_disk::mount(std::uint64_t bytes) {
  static const auto is_possible = leave_mounts();
  if (!is_possible
      || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return std::nullopt;
  auto pattern
      = (fs::temp_directory_path() / "sluice-small-disk-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"cannot make a folder like " + pattern};
  const auto options = "size=" + std::to_string(bytes);
  if (::mount("tmpfs", pattern.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    fs::remove(pattern);
    return std::nullopt;
  }
  return small_disk{pattern};
}

small_disk::small_disk(fs::path path) : path_{std::move(path)} {}

small_disk::small_disk(small_disk&& other) noexcept
    : path_{std::exchange(other.path_, {})} {}

small_disk::~small_disk() {
  if (path_.empty())
    return;
  ::umount2(path_.c_str(), MNT_DETACH);
  auto ignored = std::error_code{};
  fs::remove(path_, ignored);
}

void small_disk::fill() const {
  const auto file
      = ::open((path_ / filler).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0)
    throw std::runtime_error{"cannot fill " + path_.string()};
  const auto block = std::array<char, 4'096>{};
  while (::write(file, block.data(), block.size()) > 0) {}
  ::close(file);
}

void small_disk::empty() const {
  fs::remove(path_ / filler);
}

} // namespace sluice::tests
