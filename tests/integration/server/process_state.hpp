#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::tests {

/// What a process takes of memory.
struct memory_use {
  std::size_t bytes = 0;
  /// The most that it has taken since its start.
  std::size_t peak_bytes = 0;
};

/// From /proc.
[[nodiscard]] memory_use memory_of(pid_t process);

/// Processes that are started after it give back what they free, also where
/// they are built with AddressSanitizer, which else keeps 256 MB of it. A
/// fixture that measures memory has it as its first member.
struct memory_is_given_back {
  memory_is_given_back();
};

/// Waits until a process has done nothing for a while.
void await_idle(pid_t process);

/// How often a text is in another.
[[nodiscard]] int count_in(std::string_view text, std::string_view what);

} // namespace sluice::tests
