#pragma once

#include <utility>

namespace sluice::bench {

/// Owns a file descriptor.
class file_descriptor {
public:
  file_descriptor() noexcept = default;
  /// @param descriptor negative: none.
  explicit file_descriptor(int descriptor) noexcept : descriptor_{descriptor} {}
  file_descriptor(file_descriptor&& other) noexcept
      : descriptor_{std::exchange(other.descriptor_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~file_descriptor();

  [[nodiscard]] int get() const noexcept {
    return descriptor_;
  }

private:
  int descriptor_ = -1;
};

} // namespace sluice::bench
