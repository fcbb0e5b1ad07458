#pragma once

#include "cli/failure.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::cli {

/// A file with a name of its own until it is complete, so that nobody ever
/// finds half of it under the name that it is meant for. Whatever becomes of
/// the command, but for kill -9, what is unfinished is removed: also where
/// Control-C, SIGTERM or SIGHUP end the process. Belongs to one thread; at most
/// `files_max` at once.
class unfinished_file {
public:
  static constexpr auto files_max = std::size_t{4};

  /// Makes it in a folder; it can be read by nobody else.
  /// @return a failure with what to do about it.
  [[nodiscard]] static result<unfinished_file>
  make(const std::filesystem::path& folder);

  unfinished_file(unfinished_file&& other) noexcept;
  unfinished_file& operator=(unfinished_file&& other) noexcept;
  ~unfinished_file();

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  [[nodiscard]] result<void> write(std::string_view bytes);

  /// Takes its name away; who has it open keeps it.
  void remove_name() noexcept;

  /// Makes it last, and gives it its name, in place of what may be there. It
  /// gets the rights of that, or those of any new file.
  [[nodiscard]] result<void> finish_as(const std::filesystem::path& target);

private:
  unfinished_file() = default;
  void close() noexcept;

  std::string path_;
  int file_ = -1;
  /// Where the name is kept for the case of a signal.
  std::size_t slot_ = files_max;
};

} // namespace sluice::cli
