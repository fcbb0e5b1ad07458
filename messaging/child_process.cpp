#include "messaging/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace sluice::messaging {

namespace {

constexpr auto cannot_execute = 127;

std::unexpected<failure> refuse(const std::string& what) {
  return std::unexpected{failure{failure::kind::configuration,
                                 what + ": " + std::strerror(errno)}};
}

/// glibc's own wrapper cannot be called from C++ before its version 2.37.
file_descriptor open_pidfd(pid_t process) noexcept {
  return file_descriptor{
      static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
}

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* program, char* const* arguments,
                         int output, pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have died before the line above.
  if (::getppid() != parent)
    ::_exit(cannot_execute);
  ::setpgid(0, 0);
  auto none = sigset_t{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const auto each : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2})
    std::signal(each, SIG_DFL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  const auto input = ::open("/dev/null", O_RDONLY);
  if (input >= 0)
    ::dup2(input, STDIN_FILENO);
  ::execv(program, arguments);
  ::_exit(cannot_execute);
}

} // namespace

result<child_process>
child_process::start(const std::string& program,
                     const std::vector<std::string>& arguments,
                     const std::string& output_file) {
  const auto output = file_descriptor{
      ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
             S_IRUSR | S_IWUSR)};
  if (!output)
    return refuse("cannot open " + output_file);
  auto words = std::vector<std::string>{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto pointers = std::vector<char*>{};
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto parent = ::getpid();
  auto result = child_process{};
  result.id_ = ::fork();
  if (result.id_ == 0)
    become(program.c_str(), pointers.data(), output.get(), parent);
  if (result.id_ < 0)
    return refuse("cannot start " + program);
  result.descriptor_ = open_pidfd(result.id_);
  if (!result.descriptor_)
    return refuse("cannot watch " + program);
  return result;
}

child_process::child_process(child_process&& other) noexcept
    : id_{std::exchange(other.id_, -1)},
      descriptor_{std::move(other.descriptor_)}, has_ended_{other.has_ended_},
      status_{other.status_} {}

child_process& child_process::operator=(child_process&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(has_ended_, other.has_ended_);
  std::swap(status_, other.status_);
  return *this;
}

child_process::~child_process() {
  stop({});
}

bool child_process::wait(std::chrono::milliseconds patience) noexcept {
  if (id_ < 0 || has_ended_)
    return true;
  const auto until = std::chrono::steady_clock::now() + patience;
  auto watched = pollfd{descriptor_.get(), POLLIN, 0};
  while (true) {
    const auto left
        = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                       until - std::chrono::steady_clock::now()),
                   std::chrono::milliseconds{0});
    const auto ready = ::poll(&watched, 1, static_cast<int>(left.count()));
    if (ready == 0 || (ready < 0 && errno != EINTR))
      return false;
    if (ready > 0)
      break;
  }
  has_ended_ = ::waitpid(id_, &status_, 0) == id_;
  return has_ended_;
}

std::string child_process::ending() const {
  if (WIFSIGNALED(status_))
    return "was ended by signal " + std::to_string(WTERMSIG(status_));
  return "ended with status " + std::to_string(WEXITSTATUS(status_));
}

int child_process::exit_status() const noexcept {
  constexpr auto signal_base = 128;
  return WIFSIGNALED(status_) ? signal_base + WTERMSIG(status_)
                              : WEXITSTATUS(status_);
}

void child_process::stop(std::chrono::milliseconds patience) noexcept {
  if (id_ < 0 || has_ended_)
    return;
  ::kill(id_, SIGTERM);
  if (wait(patience))
    return;
  ::kill(id_, SIGKILL);
  has_ended_ = ::waitpid(id_, &status_, 0) == id_;
}

result<std::string> find_program(const std::string& name) {
  if (name.find('/') != name.npos) {
    if (::access(name.c_str(), X_OK) == 0)
      return name;
    return refuse("cannot run " + name);
  }
  const auto* path = std::getenv("PATH");
  const auto folders
      = std::string{path == nullptr ? "" : path} + ":/usr/sbin:/usr/local/sbin";
  for (auto begin = std::size_t{0}; begin < folders.size();) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    auto candidate = folders.substr(begin, end - begin) + "/" + name;
    if (end > begin && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
    begin = end + 1;
  }
  return std::unexpected{
      failure{failure::kind::configuration,
              "there is no program " + name
                  + "; install nats-server, or name a running NATS server "
                    "with --nats-url"}};
}

} // namespace sluice::messaging
