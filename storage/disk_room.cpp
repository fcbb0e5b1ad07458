#include "storage/disk_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace sluice::storage {

namespace {

/// How old a view may be.
constexpr auto look_again = std::chrono::milliseconds{100};

/// The reserve is emptied when this part of its size is all that is free.
constexpr auto emptied_at = std::uint64_t{4};

constexpr auto how_to_make_room
    = std::string_view{"delete databases or rows that are not needed, or make "
                       "room on the disk"};

constexpr auto block_bytes = std::uint64_t{512};

std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             disk_room::clock::now().time_since_epoch())
      .count();
}

/// Bytes that a file really has on the disk, at most its size.
std::uint64_t allocated_bytes(const std::string& path) noexcept {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0)
    return 0;
  return std::min(static_cast<std::uint64_t>(found.st_size),
                  static_cast<std::uint64_t>(found.st_blocks) * block_bytes);
}

} // namespace

std::string_view name(disk_state state) noexcept {
  switch (state) {
  case disk_state::scarce:
    return "scarce";
  case disk_state::full:
    return "full";
  case disk_state::ample:
    break;
  }
  return "ample";
}

disk_room::disk_room(std::string folder,
                     const config::storage_settings& settings)
    : folder_{std::move(folder)}, reserve_path_{folder_ + "/reserve"},
      settings_{settings}, held_{allocated_bytes(reserve_path_)} {
  look_now();
}

disk_view disk_room::look() noexcept {
  if (now_ns() >= look_again_ns_.load(std::memory_order_relaxed)) {
    // Whoever comes second takes what is known.
    const auto only_one = std::unique_lock{mutex_, std::try_to_lock};
    if (only_one)
      refresh();
  }
  return last();
}

disk_view disk_room::look_now() noexcept {
  const auto only_one = std::lock_guard{mutex_};
  refresh();
  return last();
}

disk_view disk_room::last() const noexcept {
  auto result = disk_view{};
  result.free_bytes = free_.load(std::memory_order_relaxed);
  result.number = number_.load(std::memory_order_relaxed);
  const auto missing = missing_.load(std::memory_order_relaxed);
  const auto kept = missing + free_min_.load(std::memory_order_relaxed)
                    + owed_.load(std::memory_order_relaxed);
  if (result.free_bytes < missing)
    result.state = disk_state::full;
  else if (result.free_bytes < kept)
    result.state = disk_state::scarce;
  else
    result.spare_bytes = result.free_bytes - kept;
  return result;
}

std::string disk_room::refusal(const disk_view& seen) const {
  const auto free = std::to_string(seen.free_bytes);
  const auto kept
      = "storage.free_bytes_min keeps " + std::to_string(free_bytes_min());
  switch (seen.state) {
  case disk_state::full:
    return "the disk of the data folder is full (" + free
           + " bytes are free, and storage.reserve_bytes is in use): until "
             "there is room, only reads, DELETE, DROP and databases.delete are "
             "executed; "
           + std::string{how_to_make_room};
  case disk_state::scarce:
    return "the disk of the data folder has " + free + " bytes free, of which "
           + kept + ": databases may not grow; "
           + std::string{how_to_make_room};
  case disk_state::ample:
    break;
  }
  return "the disk of the data folder has not enough room for the request ("
         + free + " bytes are free, of which " + kept
         + ", and a request may take half of the rest); "
         + std::string{how_to_make_room};
}

void disk_room::refresh() noexcept {
  look_again_ns_.store(
      now_ns()
          + std::chrono::duration_cast<std::chrono::nanoseconds>(look_again)
                .count(),
      std::memory_order_relaxed);
  if (!measure())
    return;
  const auto free = free_.load(std::memory_order_relaxed);
  if (held_ == 0 && wanted_ > 0
      && free >= wanted_ + free_min_.load(std::memory_order_relaxed))
    fill_reserve();
  else if (held_ > 0 && free < held_ / emptied_at)
    empty_reserve();
  else
    return;
  std::ignore = measure();
}

/// @return false where the file system does not tell.
bool disk_room::measure() noexcept {
  struct statvfs found = {};
  number_.fetch_add(1, std::memory_order_relaxed);
  if (::statvfs(folder_.c_str(), &found) != 0) {
    // The disk will say so itself when it is full.
    free_.store(std::numeric_limits<std::int64_t>::max(),
                std::memory_order_relaxed);
    return false;
  }
  const auto part
      = std::uint64_t{found.f_blocks} * found.f_frsize / parts_of_disk;
  wanted_ = std::min(settings_.reserve_bytes, part);
  free_min_.store(std::min(settings_.free_bytes_min, part),
                  std::memory_order_relaxed);
  missing_.store(held_ == 0 ? wanted_ : 0, std::memory_order_relaxed);
  free_.store(std::uint64_t{found.f_bavail} * found.f_frsize,
              std::memory_order_relaxed);
  return true;
}

void disk_room::fill_reserve() noexcept {
  const auto file
      = ::open(reserve_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return;
  // Real blocks, so that nobody else gets them.
  if (::posix_fallocate(file, 0, static_cast<off_t>(wanted_)) == 0)
    held_ = wanted_;
  else
    std::ignore = ::ftruncate(file, 0);
  ::close(file);
}

void disk_room::empty_reserve() noexcept {
  // Where the file system refuses even that, the next look tries again.
  if (::truncate(reserve_path_.c_str(), 0) == 0)
    held_ = 0;
}

} // namespace sluice::storage
