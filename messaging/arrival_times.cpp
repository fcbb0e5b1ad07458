#include "messaging/arrival_times.hpp"

#include <algorithm>

namespace sluice::messaging {

void arrival_times::note_read(std::uint64_t waiting,
                              time_point since) noexcept {
  if (waiting == 0)
    empty_at_.store(since, std::memory_order_relaxed);
  else
    add({taken_.load(std::memory_order_relaxed) + waiting, since});
}

void arrival_times::add(const mark& which) noexcept {
  const auto guard = std::lock_guard{mutex_};
  if (count_ > 0 && which.since - marks_[count_ - 1].since < resolution_)
    return;
  if (count_ == marks_max) {
    // Every second one goes; what came after it seems to have come earlier.
    count_ /= 2;
    resolution_ *= 2;
    for (auto i = std::size_t{0}; i < count_; ++i)
      marks_[i] = marks_[2 * i];
  }
  marks_[count_++] = which;
  first_messages_.store(marks_[0].messages, std::memory_order_relaxed);
}

void arrival_times::pass(std::uint64_t messages) noexcept {
  const auto guard = std::lock_guard{mutex_};
  auto passed = std::size_t{0};
  for (; passed < count_ && marks_[passed].messages < messages; ++passed)
    since_ = std::max(since_, marks_[passed].since);
  std::copy(marks_.begin() + static_cast<std::ptrdiff_t>(passed),
            marks_.begin() + static_cast<std::ptrdiff_t>(count_),
            marks_.begin());
  count_ -= passed;
  if (count_ == 0)
    resolution_ = resolution_min;
  first_messages_.store(count_ == 0 ? no_messages : marks_[0].messages,
                        std::memory_order_relaxed);
}

arrival_times::time_point arrival_times::take() noexcept {
  // Only this thread writes it.
  const auto number = taken_.load(std::memory_order_relaxed) + 1;
  taken_.store(number, std::memory_order_relaxed);
  if (first_messages_.load(std::memory_order_relaxed) < number)
    pass(number);
  return std::max(since_, empty_at_.load(std::memory_order_relaxed));
}

} // namespace sluice::messaging
