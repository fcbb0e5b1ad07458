#include "cli/progress_line.hpp"

#include "cli/display_text.hpp"
#include "cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

namespace sluice::cli {

namespace {

constexpr auto frame_interval = std::chrono::milliseconds{100};
constexpr auto bar_columns = std::uint64_t{24};
/// Where the terminal does not say how wide it is.
constexpr auto usual_columns = std::size_t{80};
constexpr auto line_eraser = std::string_view{"\r\x1b[K"};

} // namespace

std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  if (total == 0)
    return {};
  const auto part
      = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  const auto filled
      = static_cast<std::size_t>(part * static_cast<double>(bar_columns));
  auto percent = std::to_string(static_cast<int>(part * 100)) + "%";
  percent.insert(0, percent.size() < 4 ? 4 - percent.size() : 0, ' ');
  return "[" + std::string(filled, '#') + std::string(bar_columns - filled, '-')
         + "] " + percent;
}

std::string size_words(std::uint64_t bytes) {
  static constexpr auto units
      = std::array<const char*, 4>{"KiB", "MiB", "GiB", "TiB"};
  constexpr auto step = 1024.0;
  if (bytes < 1024)
    return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  auto size = static_cast<double>(bytes) / step;
  auto unit = std::size_t{0};
  for (; size >= step && unit + 1 < units.size(); ++unit)
    size /= step;
  auto buffer = std::array<char, 32>{};
  std::snprintf(buffer.data(), buffer.size(), "%.1f %s", size, units[unit]);
  return buffer.data();
}

progress_line::progress_line() : is_terminal_{stderr_is_terminal()} {
  // nop
}

progress_line::~progress_line() {
  clear();
}

void progress_line::show(std::string_view text) {
  const auto now = clock::now();
  if (!is_terminal_ || (is_shown_ && now - shown_at_ < frame_interval))
    return;
  is_shown_ = true;
  shown_at_ = now;
  const auto columns = stderr_columns();
  std::cerr << line_eraser
            << cut_to_width(printable(text),
                            (columns == 0 ? usual_columns : columns) - 1)
            << std::flush;
}

void progress_line::clear() {
  if (is_shown_)
    std::cerr << line_eraser << std::flush;
  is_shown_ = false;
}

} // namespace sluice::cli
