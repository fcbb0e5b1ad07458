#pragma once

#include "config/settings.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice::storage {

/// How much room the disk of the data folder has.
enum class disk_state : std::uint8_t {
  ample,
  /// Less than `storage.free_bytes_min` beside what checkpoints will need:
  /// databases may not grow.
  scarce,
  full, ///< The reserve is in use: only what frees room is executed.
};

/// "ample", "scarce" or "full".
[[nodiscard]] std::string_view name(disk_state state) noexcept;

/// A moment's view of the disk.
struct disk_view {
  disk_state state = disk_state::ample;
  /// What a process without privileges may still fill.
  std::uint64_t free_bytes = 0;
  /// How much less databases, together, may leave.
  std::uint64_t spare_bytes = 0;
  /// Grows with each look at the disk.
  std::uint64_t number = 0;
};

/// Watches the room on the disk of the data folder, and keeps a reserve there:
/// a file that is emptied when the disk is nearly full, so that requests that
/// free room can still be executed, and that is filled again once there is room
/// (docs/adr/0042). Any thread.
class disk_room {
public:
  using clock = std::chrono::steady_clock;

  /// Neither the reserve nor what stays free takes more of a disk than a part
  /// of so many.
  static constexpr auto parts_of_disk = std::uint64_t{16};

  /// Makes the reserve if there is room for it.
  /// @param folder the data folder, which exists.
  disk_room(std::string folder, const config::storage_settings& settings);
  disk_room(const disk_room&) = delete;
  disk_room& operator=(const disk_room&) = delete;

  /// At most 100 ms old. May ask the file system, and empty or fill the
  /// reserve.
  [[nodiscard]] disk_view look() noexcept;

  /// Asks the file system: after it was found full, and before a deletion that
  /// needs some room itself.
  disk_view look_now() noexcept;

  /// The last view; asks nobody.
  [[nodiscard]] disk_view last() const noexcept;

  /// What stays free for the operator; less than the setting on a small disk.
  [[nodiscard]] std::uint64_t free_bytes_min() const noexcept {
    return free_min_.load(std::memory_order_relaxed);
  }

  /// Why a request is refused in such a state, and what to do.
  [[nodiscard]] std::string refusal(const disk_view& seen) const;

private:
  friend class disk_debt;
  void refresh() noexcept;
  [[nodiscard]] bool measure() noexcept;
  void fill_reserve() noexcept;
  void empty_reserve() noexcept;

  std::string folder_;
  std::string reserve_path_;
  config::storage_settings settings_;
  std::atomic<std::int64_t> look_again_ns_ = 0;
  std::atomic<std::uint64_t> free_ = 0;
  std::atomic<std::uint64_t> free_min_ = 0;
  /// Bytes of the reserve that are not set aside: it is in use.
  std::atomic<std::uint64_t> missing_ = 0;
  std::atomic<std::uint64_t> number_ = 0;
  /// The sum of all `disk_debt`.
  std::atomic<std::uint64_t> owed_ = 0;
  // Guards what follows, and the file.
  std::mutex mutex_;
  std::uint64_t wanted_ = 0;
  std::uint64_t held_ = 0;
};

/// What one database's next checkpoint will add to its file: room that is free
/// and spoken for. Without it databases would fill the disk with their WALs,
/// and none could be copied into its file. Belongs to the writer's thread.
class disk_debt {
public:
  /// @param room outlives it.
  explicit disk_debt(disk_room& room) noexcept : room_{room} {
    // nop
  }
  disk_debt(const disk_debt&) = delete;
  disk_debt& operator=(const disk_debt&) = delete;
  ~disk_debt() {
    set(0);
  }

  void set(std::uint64_t bytes) noexcept {
    // Wraps around where the debt became less, as it should.
    room_.owed_.fetch_add(bytes - bytes_, std::memory_order_relaxed);
    bytes_ = bytes;
  }

private:
  disk_room& room_;
  std::uint64_t bytes_ = 0;
};

} // namespace sluice::storage
