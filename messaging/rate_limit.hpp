#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace sluice::messaging {

/// For log lines that may come by the thousand: lets a few through each
/// second, and counts the others. Any thread.
class rate_limit {
public:
  using clock = std::chrono::steady_clock;

  explicit rate_limit(std::uint32_t lines_max) noexcept
      : lines_max_{lines_max} {}

  /// @return nothing for a line that is to be kept back; else how many were
  ///   since the last one that was not.
  [[nodiscard]] std::optional<std::uint64_t> pass(clock::time_point now
                                                  = clock::now()) noexcept {
    const auto guard = std::lock_guard{mutex_};
    if (lines_ == 0 || now - since_ >= std::chrono::seconds{1}) {
      since_ = now;
      lines_ = 0;
    }
    if (lines_ >= lines_max_) {
      ++kept_back_;
      return std::nullopt;
    }
    ++lines_;
    return std::exchange(kept_back_, 0);
  }

private:
  std::uint32_t lines_max_;
  std::mutex mutex_;
  clock::time_point since_;
  std::uint32_t lines_ = 0;
  std::uint64_t kept_back_ = 0;
};

} // namespace sluice::messaging
