#include "bench/interruption.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

namespace sluice::bench {

namespace {

sigset_t interruptions() noexcept {
  auto set = sigset_t{};
  // These fail only for signals that do not exist.
  static_cast<void>(sigemptyset(&set));
  static_cast<void>(sigaddset(&set, SIGHUP));
  static_cast<void>(sigaddset(&set, SIGINT));
  static_cast<void>(sigaddset(&set, SIGTERM));
  return set;
}

} // namespace

result<void> hold_interruptions() {
  const auto set = interruptions();
  if (const auto error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
    return fail(std::string{"cannot block signals: "} + std::strerror(error));
  // A pipe without a reader is told by the call that writes to it.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    return fail(std::string{"cannot ignore SIGPIPE: "} + std::strerror(errno));
  return {};
}

bool is_interrupted() {
  auto pending = sigset_t{};
  if (sigpending(&pending) != 0)
    return false;
  return sigismember(&pending, SIGHUP) == 1
         || sigismember(&pending, SIGINT) == 1
         || sigismember(&pending, SIGTERM) == 1;
}

result<void> wait_for_interruption() {
  const auto set = interruptions();
  auto signal = 0;
  if (const auto error = sigwait(&set, &signal); error != 0)
    return fail(std::string{"cannot wait for a signal: "}
                + std::strerror(error));
  return {};
}

bool release_interruptions() noexcept {
  const auto set = interruptions();
  return pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0
         && std::signal(SIGPIPE, SIG_DFL) != SIG_ERR;
}

} // namespace sluice::bench
