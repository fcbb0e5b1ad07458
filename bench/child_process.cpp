#include "bench/child_process.hpp"

#include "bench/interruption.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto patience_to_end = 10s;

struct child_plan {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int output = -1;
  int errors = -1; ///< negative: that of the parent.
  pid_t parent = -1;
};

std::vector<char*> kept_environment() {
  auto kept = std::vector<char*>{};
  for (auto** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (!std::string_view{*entry}.starts_with("SLUICE_"))
      kept.push_back(*entry);
  kept.push_back(nullptr);
  return kept;
}

/// Runs between fork and exec, so it may call only what is safe in a signal
/// handler.
[[noreturn]] void become(const child_plan& plan) noexcept {
  const auto is_prepared
      = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0
        // The parent may have died before prctl.
        && ::getppid() == plan.parent
        // Ctrl-C must reach the benchmark alone, which then ends its children.
        && ::setpgid(0, 0) == 0 && release_interruptions()
        && ::dup2(plan.output, STDOUT_FILENO) >= 0
        && (plan.errors < 0 || ::dup2(plan.errors, STDERR_FILENO) >= 0);
  if (is_prepared)
    ::execve(plan.arguments.front(), plan.arguments.data(),
             plan.environment.data());
  ::_exit(127);
}

result<file_descriptor> open_log(const std::string& path) {
  if (path.empty())
    return file_descriptor{};
  auto log = file_descriptor{
      ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)};
  if (log.get() < 0)
    return fail(path + ": " + std::strerror(errno));
  return log;
}

} // namespace

child_process::child_process(int process, file_descriptor output)
    : process_{process}, output_{std::move(output)} {}

result<child_process> child_process::start(std::vector<std::string> arguments,
                                           const std::string& error_log) {
  auto plan = child_plan{};
  for (auto& argument : arguments)
    plan.arguments.push_back(argument.data());
  plan.arguments.push_back(nullptr);
  plan.environment = kept_environment();
  const auto errors = open_log(error_log);
  if (!errors)
    return fail(errors.error());
  auto ends = std::array<int, 2>{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(std::string{"cannot make a pipe: "} + std::strerror(errno));
  auto output = file_descriptor{ends[0]};
  const auto input = file_descriptor{ends[1]};
  plan.output = input.get();
  plan.errors = errors->get();
  plan.parent = ::getpid();
  const auto process = ::fork();
  if (process < 0)
    return fail("cannot start " + arguments.front() + ": "
                + std::strerror(errno));
  if (process == 0)
    become(plan);
  return child_process{process, std::move(output)};
}

child_process::child_process(child_process&& other) noexcept
    : process_{std::exchange(other.process_, -1)},
      output_{std::move(other.output_)}, read_{std::move(other.read_)} {}

child_process& child_process::operator=(child_process&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(output_, other.output_);
  std::swap(read_, other.read_);
  return *this;
}

bool child_process::has_ended() {
  const auto seen = ::waitpid(process_, nullptr, WNOHANG);
  // An error says that there is no such child to wait for.
  return seen == process_ || (seen < 0 && errno != EINTR);
}

child_process::~child_process() {
  // After the end of a child has been seen its number may belong to another.
  if (process_ < 0 || has_ended())
    return;
  // A child that is there can be sent signals; an error changes nothing.
  static_cast<void>(::kill(process_, SIGTERM));
  const auto deadline = clock::now() + patience_to_end;
  while (clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
    if (has_ended())
      return;
  }
  static_cast<void>(::kill(process_, SIGKILL));
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

result<std::string> child_process::read_line(clock::time_point deadline) {
  while (true) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      auto line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    if (is_interrupted())
      return fail("interrupted");
    if (clock::now() >= deadline)
      return fail("it took too long");
    auto readable = pollfd{.fd = output_.get(), .events = POLLIN, .revents = 0};
    const auto count = ::poll(&readable, 1, 50);
    if (count < 0 && errno != EINTR)
      return fail(std::string{"poll: "} + std::strerror(errno));
    if (count <= 0)
      continue;
    auto buffer = std::array<char, 4096>{};
    const auto size = ::read(output_.get(), buffer.data(), buffer.size());
    if (size == 0)
      return fail("it ended");
    if (size > 0)
      read_.append(buffer.data(), static_cast<std::size_t>(size));
    else if (errno != EINTR)
      return fail(std::string{"read: "} + std::strerror(errno));
  }
}

} // namespace sluice::bench
