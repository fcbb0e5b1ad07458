#include "tests/integration/server/process_state.hpp"

#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace sluice::tests {

namespace {

/// "VmRSS:     1234 kB"
std::size_t bytes_in(const std::string& status, const std::string& name) {
  const auto at = status.find(name + ":");
  if (at == status.npos)
    throw std::runtime_error{"no " + name + " in /proc"};
  return std::stoull(status.substr(at + name.size() + 1)) * 1'024;
}

/// Clock ticks of its threads, in user and system mode.
std::uint64_t ticks_of(pid_t process) {
  const auto text
      = read_text_file("/proc/" + std::to_string(process) + "/stat");
  // Behind the name, which may hold anything.
  auto fields = std::istringstream{text.substr(text.rfind(')') + 1)};
  auto skipped = std::string{};
  for (auto i = 0; i < 11; ++i)
    fields >> skipped;
  auto user = std::uint64_t{0};
  auto system = std::uint64_t{0};
  fields >> user >> system;
  return user + system;
}

} // namespace

memory_is_given_back::memory_is_given_back() {
  const auto* given = std::getenv("ASAN_OPTIONS");
  const auto options
      = (given != nullptr ? std::string{given} + ":" : std::string{})
        + "quarantine_size_mb=1";
  if (::setenv("ASAN_OPTIONS", options.c_str(), 1) != 0)
    throw std::runtime_error{"ASAN_OPTIONS cannot be set"};
}

memory_use memory_of(pid_t process) {
  const auto status
      = read_text_file("/proc/" + std::to_string(process) + "/status");
  return {bytes_in(status, "VmRSS"), bytes_in(status, "VmHWM")};
}

void await_idle(pid_t process) {
  using clock = std::chrono::steady_clock;
  constexpr auto quiet = std::chrono::milliseconds{300};
  // A fifth of a core: attempts to connect again take some time, too.
  constexpr auto quiet_ticks = 6;
  auto ticks = ticks_of(process);
  auto since = clock::now();
  wait_until("the process is idle", std::chrono::seconds{60}, [&] {
    if (const auto now = ticks_of(process); now > ticks + quiet_ticks) {
      ticks = now;
      since = clock::now();
    }
    return clock::now() - since > quiet;
  });
}

int count_in(std::string_view text, std::string_view what) {
  auto result = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

} // namespace sluice::tests
