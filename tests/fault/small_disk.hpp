#pragma once

#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sluice::tests {

/// A file system of few megabytes, in memory. Only this thread and the
/// processes that it starts see it, and it is gone with them.
class small_disk {
public:
  /// @return nothing where this user may not mount anything.
  [[nodiscard]] static std::optional<small_disk> mount(std::uint64_t bytes);

  small_disk(small_disk&& other) noexcept;
  small_disk& operator=(small_disk&& other) = delete;
  ~small_disk();

  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }
  /// Leaves no room on it.
  void fill() const;
  /// Makes room again.
  void empty() const;

private:
  explicit small_disk(std::filesystem::path path);
  std::filesystem::path path_;
};

} // namespace sluice::tests
