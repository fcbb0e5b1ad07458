#pragma once

#include "cli/failure.hpp"
#include "cli/unfinished_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Where the option --output says that bytes go: standard output; a file, which
/// is there only once it is complete (`unfinished_file`); or what is there
/// already and is no file, as a FIFO or a device, which is written to as it is.
/// Belongs to one thread.
class output_target {
public:
  /// Opens nothing yet.
  /// @param path empty or -: standard output.
  /// @return a failure where nothing can be written to what is there, as a
  ///   folder.
  [[nodiscard]] static result<output_target> find(const std::string& path);

  /// Whether it becomes a file.
  [[nodiscard]] bool is_file() const noexcept {
    return what_ == kind::file;
  }
  [[nodiscard]] bool is_standard_output() const noexcept {
    return what_ == kind::standard_output;
  }

  /// Where there is room for what is needed on the way: beside the file, or
  /// where temporary files are.
  [[nodiscard]] std::filesystem::path folder() const;

  /// Makes it ready; with a FIFO, waits for who reads it.
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> write(std::string_view bytes);
  /// All of it is written.
  /// @return a failure where not all of it could be.
  [[nodiscard]] result<void> finish();

private:
  enum class kind : std::uint8_t { standard_output, file, special };
  /// A descriptor that is closed in the end.
  class special_file {
  public:
    explicit special_file(int file) noexcept : file_{file} {
      // nop
    }
    special_file(special_file&& other) noexcept;
    special_file& operator=(special_file&& other) noexcept;
    ~special_file();
    [[nodiscard]] int file() const noexcept {
      return file_;
    }
    [[nodiscard]] bool close() noexcept;

  private:
    int file_ = -1;
  };

  output_target() = default;
  [[nodiscard]] result<void> write_special(int file,
                                           std::string_view bytes) const;

  kind what_ = kind::standard_output;
  /// As it was given, for messages.
  std::string name_;
  /// Where it really is: a link stays one.
  std::filesystem::path path_;
  std::optional<unfinished_file> unfinished_;
  std::optional<special_file> special_;
};

} // namespace sluice::cli
