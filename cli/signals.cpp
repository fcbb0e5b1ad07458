#include "cli/signals.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace sluice::cli {

namespace {

sigset_t termination_set() noexcept {
  auto set = sigset_t{};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

} // namespace

termination_signals::termination_signals() {
  const auto set = termination_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that went away is an error code, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that has reached the limit of `ulimit -f`.
  std::signal(SIGXFSZ, SIG_IGN);
}

void termination_signals::wait() const {
  const auto set = termination_set();
  auto signal = 0;
  while (sigwait(&set, &signal) != 0) {
    // Interrupted; wait again.
  }
}

bool termination_signals::wait_for(std::chrono::milliseconds patience) const {
  const auto set = termination_set();
  const auto seconds
      = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const auto rest = std::chrono::nanoseconds{patience - seconds};
  const auto bound = timespec{seconds.count(), rest.count()};
  return sigtimedwait(&set, nullptr, &bound) > 0;
}

void termination_signals::raise() noexcept {
  ::kill(::getpid(), SIGTERM);
}

void termination_signals::end_process_on_next() const {
  // Ends with the process, whichever way that ends.
  std::thread{[] {
    const auto set = termination_set();
    auto signal = 0;
    if (sigwait(&set, &signal) == 0)
      std::_Exit(EXIT_FAILURE);
  }}.detach();
}

struct watchdog::impl {
  std::mutex mutex;
  std::condition_variable disarmed;
  bool is_disarmed = false;
  std::thread thread;
};

watchdog::watchdog(std::chrono::milliseconds patience)
    : impl_{std::make_unique<impl>()} {
  auto* self = impl_.get();
  self->thread = std::thread{[self, patience] {
    auto guard = std::unique_lock{self->mutex};
    if (self->disarmed.wait_for(guard, patience,
                                [self] { return self->is_disarmed; }))
      return;
    spdlog::error("the shutdown hangs; the process ends now. What was "
                  "acknowledged is on disk");
    std::_Exit(EXIT_FAILURE);
  }};
}

watchdog::~watchdog() {
  {
    const auto guard = std::lock_guard{impl_->mutex};
    impl_->is_disarmed = true;
  }
  impl_->disarmed.notify_all();
  impl_->thread.join();
}

} // namespace sluice::cli
