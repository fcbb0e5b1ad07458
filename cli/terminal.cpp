#include "cli/terminal.hpp"

#include "cli/display_text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace sluice::cli {

namespace {

std::size_t columns_of(int file) noexcept {
  auto size = winsize{};
  if (::isatty(file) != 1 || ::ioctl(file, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
}

} // namespace

bool stdin_is_terminal() noexcept {
  return ::isatty(STDIN_FILENO) == 1;
}

bool stdout_is_terminal() noexcept {
  return ::isatty(STDOUT_FILENO) == 1;
}

bool stderr_is_terminal() noexcept {
  return ::isatty(STDERR_FILENO) == 1;
}

std::size_t stdout_columns() noexcept {
  return columns_of(STDOUT_FILENO);
}

std::size_t stderr_columns() noexcept {
  return columns_of(STDERR_FILENO);
}

void complain(std::string_view message) {
  // Nothing is left to do where standard error cannot be written.
  while (!message.empty()) {
    const auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(message.size(), line.size() + 1));
    const auto text = "sluice: " + printable(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  std::fflush(stderr);
}

void print(std::string_view text) {
  // What others stored must not command a terminal.
  static const auto is_terminal = stdout_is_terminal();
  auto shown = std::string{};
  if (is_terminal)
    text = shown = printable_lines(text);
  // The stream remembers a failure for `finish_output`.
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void flush_output() noexcept {
  // The stream remembers a failure.
  std::fflush(stdout);
}

bool can_print() noexcept {
  return std::ferror(stdout) == 0;
}

bool finish_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    return true;
  complain("cannot write the output");
  return false;
}

} // namespace sluice::cli
