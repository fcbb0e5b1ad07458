#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>

namespace sluice::messaging {

/// Since when the messages of one subscription may have been in this process's
/// socket. The library keeps no time with a message, so before each read the
/// reading thread notes how many messages have come until then: those behind
/// them come by this read or a later one.
///
/// What it says is never later than the truth. It is earlier by 10 ms at most,
/// or, with a backlog older than a second, by a hundredth of the backlog's age.
class arrival_times {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// On the reading thread, before a read.
  /// @param waiting messages that have been read and not taken.
  /// @param since nothing that the read finds has come before it.
  void note_read(std::uint64_t waiting, time_point since) noexcept;

  /// On the delivering thread, once for each message, in their order.
  /// @return since when it may have been there.
  [[nodiscard]] time_point take() noexcept;

private:
  /// What comes behind so many messages was not there before that time.
  struct mark {
    std::uint64_t messages = 0;
    time_point since;
  };
  static constexpr auto marks_max = std::size_t{256};
  static constexpr auto resolution_min = std::chrono::milliseconds{10};
  static constexpr auto no_messages = std::numeric_limits<std::uint64_t>::max();

  void add(const mark& which) noexcept;
  void pass(std::uint64_t messages) noexcept;

  std::atomic<std::uint64_t> taken_ = 0;
  /// When nothing waited last.
  std::atomic<time_point> empty_at_ = std::chrono::steady_clock::now();
  /// Of the first mark: the delivering thread takes no lock before that.
  std::atomic<std::uint64_t> first_messages_ = no_messages;
  /// Of the delivering thread.
  time_point since_ = time_point::min();

  std::mutex mutex_;
  /// In the order in which they were made.
  std::array<mark, marks_max> marks_;
  /// Marks closer to each other are not made.
  time_point::duration resolution_ = resolution_min;
  std::size_t count_ = 0;
};

} // namespace sluice::messaging
