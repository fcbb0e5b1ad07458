#include "cli/unfinished_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

constexpr auto name_pattern = ".sluice-unfinished-XXXXXX";

/// The names that a signal has to remove: only what a handler of signals may
/// look at.
struct kept_name {
  std::atomic<bool> is_set = false;
  std::array<char, PATH_MAX> path = {};
};

std::array<kept_name, unfinished_file::files_max>& kept_names() noexcept {
  static constinit auto names
      = std::array<kept_name, unfinished_file::files_max>{};
  return names;
}

constexpr auto ending_signals = std::array{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

extern "C" void remove_and_end(int signal) {
  for (auto& name : kept_names())
    if (name.is_set.load(std::memory_order_acquire))
      ::unlink(name.path.data());
  // As if nothing had handled it.
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// While one lives, this thread gets no signal that ends the process.
class signals_put_off {
public:
  signals_put_off() noexcept {
    auto set = sigset_t{};
    sigemptyset(&set);
    for (const auto signal : ending_signals)
      sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  signals_put_off(const signals_put_off&) = delete;
  signals_put_off& operator=(const signals_put_off&) = delete;
  ~signals_put_off() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t before_ = {};
};

void handle_signals() noexcept {
  for (const auto signal : ending_signals) {
    struct sigaction before = {};
    // What is ignored, as under nohup, stays so.
    if (::sigaction(signal, nullptr, &before) == 0
        && before.sa_handler == SIG_DFL)
      std::signal(signal, remove_and_end);
  }
}

/// @return `files_max` where there is no room.
std::size_t keep_name(const std::string& path) noexcept {
  auto& names = kept_names();
  for (auto i = std::size_t{0}; i < names.size(); ++i) {
    if (names[i].is_set.load() || path.size() >= names[i].path.size())
      continue;
    std::ranges::copy(path, names[i].path.begin());
    names[i].path[path.size()] = '\0';
    names[i].is_set.store(true, std::memory_order_release);
    return i;
  }
  return names.size();
}

std::unexpected<failure> cannot(const std::string& what,
                                const std::string& path) {
  return fail(exit_code::refused,
              "cannot " + what + " " + path + ": " + std::strerror(errno));
}

/// What a new file gets.
mode_t usual_mode() noexcept {
  constexpr auto everybody = mode_t{0666};
  const auto mask = ::umask(0);
  ::umask(mask);
  return everybody & ~mask;
}

} // namespace

result<unfinished_file> unfinished_file::make(const fs::path& folder) {
  auto path
      = ((folder.empty() ? fs::path{"."} : folder) / name_pattern).string();
  handle_signals();
  // Until the name is kept.
  const auto put_off = signals_put_off{};
  auto result = unfinished_file{};
  result.file_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (result.file_ < 0)
    return cannot("make a file in", folder.empty() ? "." : folder.string());
  result.path_ = std::move(path);
  result.slot_ = keep_name(result.path_);
  return result;
}

unfinished_file::unfinished_file(unfinished_file&& other) noexcept
    : path_{std::exchange(other.path_, {})},
      file_{std::exchange(other.file_, -1)},
      slot_{std::exchange(other.slot_, files_max)} {
  // nop
}

unfinished_file& unfinished_file::operator=(unfinished_file&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(slot_, other.slot_);
  return *this;
}

unfinished_file::~unfinished_file() {
  remove_name();
  close();
}

void unfinished_file::close() noexcept {
  if (file_ >= 0)
    ::close(std::exchange(file_, -1));
}

void unfinished_file::remove_name() noexcept {
  if (!path_.empty())
    ::unlink(path_.c_str());
  path_.clear();
  if (slot_ < files_max)
    kept_names()[slot_].is_set.store(false, std::memory_order_release);
  slot_ = files_max;
}

result<void> unfinished_file::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return cannot("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> unfinished_file::finish_as(const fs::path& target) {
  struct stat before = {};
  const auto mode = ::stat(target.c_str(), &before) == 0
                        ? before.st_mode & mode_t{07777}
                        : usual_mode();
  if (::fchmod(file_, mode) != 0)
    return cannot("set the rights of", path_);
  if (::fsync(file_) != 0)
    return cannot("write", path_);
  if (::rename(path_.c_str(), target.c_str()) != 0)
    return cannot("make", target.string());
  path_.clear();
  remove_name();
  close();
  return {};
}

} // namespace sluice::cli
