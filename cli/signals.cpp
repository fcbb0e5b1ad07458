#include "cli/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <initializer_list>

namespace sluice::cli {

namespace {

sigset_t set_of(std::initializer_list<int> signals) noexcept {
  auto set = sigset_t{};
  sigemptyset(&set);
  for (const auto each : signals)
    sigaddset(&set, each);
  return set;
}

bool is_ignored(int signal) noexcept {
  struct sigaction present{};
  return ::sigaction(signal, nullptr, &present) == 0
         && present.sa_handler == SIG_IGN;
}

bool comes_within(const sigset_t& set,
                  std::chrono::nanoseconds patience) noexcept {
  const auto whole = std::max(patience, std::chrono::nanoseconds{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(whole);
  const auto bound = timespec{seconds.count(), (whole - seconds).count()};
  return sigtimedwait(&set, nullptr, &bound) > 0;
}

} // namespace

termination_signals::termination_signals()
    : set_{set_of({SIGINT, SIGTERM, SIGQUIT})} {
  // Where somebody has said that a closed terminal is no reason to end.
  if (!is_ignored(SIGHUP))
    sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A peer that went away is an error code, not a reason to die; so is a file
  // that has reached the limit of `ulimit -f`. The last two mean something to
  // other servers.
  for (const auto each : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2})
    std::signal(each, SIG_IGN);
}

int termination_signals::wait() const {
  auto signal = 0;
  while (sigwait(&set_, &signal) != 0) {
    // Interrupted; wait again.
  }
  return signal;
}

bool termination_signals::wait_for(std::chrono::milliseconds patience) const {
  return comes_within(set_, patience);
}

void termination_signals::raise() noexcept {
  ::kill(::getpid(), SIGTERM);
}

bool termination_signals::wait_for_insistence(
    std::chrono::nanoseconds patience) noexcept {
  return comes_within(set_of({SIGINT, SIGTERM, SIGQUIT}), patience);
}

const char* name_of_signal(int number) noexcept {
  switch (number) {
  case SIGINT:
    return "SIGINT";
  case SIGTERM:
    return "SIGTERM";
  case SIGQUIT:
    return "SIGQUIT";
  case SIGHUP:
    return "SIGHUP";
  default:
    return "a signal";
  }
}

} // namespace sluice::cli
