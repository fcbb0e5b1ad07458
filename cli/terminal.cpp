#include "cli/terminal.hpp"

#include "cli/display_text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace sluice::cli {

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
  auto size = winsize{};
  if (!stdout_is_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
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
  // The stream remembers a failure for `finish_output`.
  std::fwrite(text.data(), 1, text.size(), stdout);
}

bool finish_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    return true;
  complain("cannot write the output");
  return false;
}

} // namespace sluice::cli
