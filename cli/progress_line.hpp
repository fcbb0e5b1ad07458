#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How far a command is, on a terminal.
namespace sluice::cli {

/// "[######----------]  37%", for a part of a whole; without a whole "".
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::uint64_t total);

/// "512 bytes", "1.5 KiB", "24.0 MiB"
[[nodiscard]] std::string size_words(std::uint64_t bytes);

/// One line of standard error that is written over again and again, where
/// that is a terminal; else nothing. Gone with this object.
class progress_line {
public:
  progress_line();
  ~progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  /// Shows a text, unless the last came a moment ago.
  void show(std::string_view text);
  /// Takes the line away, so that something else can be written.
  void clear();

private:
  using clock = std::chrono::steady_clock;
  bool is_terminal_;
  bool is_shown_ = false;
  clock::time_point shown_at_;
};

} // namespace sluice::cli
