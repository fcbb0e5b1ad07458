#pragma once

#include "bench/outcome.hpp"

#include <filesystem>

namespace sluice::bench {

/// A folder that goes away with this object, with all that is in it.
class temporary_folder {
public:
  [[nodiscard]] static result<temporary_folder>
  create(const std::filesystem::path& parent);

  temporary_folder(temporary_folder&& other) noexcept;
  temporary_folder& operator=(temporary_folder&& other) noexcept;
  ~temporary_folder();

  /// Absolute.
  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }

private:
  explicit temporary_folder(std::filesystem::path path);

  std::filesystem::path path_;
};

} // namespace sluice::bench
