#include "cli/watchdog.hpp"

#include "cli/signals.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

namespace sluice::cli {

namespace {

using clock = std::chrono::steady_clock;

/// When the kernel's timer ends what the thread could not: it may hang as the
/// others do, in writing a line into a log that nobody reads.
constexpr auto timer_margin = std::chrono::seconds{5};

extern "C" void end_now(int) {
  std::_Exit(EXIT_FAILURE);
}

} // namespace

struct watchdog::impl {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<clock::time_point> until;
  bool is_over = false;
  std::thread thread;

  [[nodiscard]] bool has_ended() {
    const auto guard = std::lock_guard{mutex};
    return is_over;
  }
  void watch();
};

void watchdog::impl::watch() {
  auto guard = std::unique_lock{mutex};
  changed.wait(guard, [this] { return is_over || until; });
  if (is_over)
    return;
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): awaited.
  const auto end = *until;
  guard.unlock();
  while (clock::now() < end) {
    const auto is_impatient
        = termination_signals::wait_for_insistence(end - clock::now());
    // The destructor wakes it with a signal, too.
    if (has_ended())
      return;
    if (is_impatient)
      std::_Exit(EXIT_FAILURE);
  }
  spdlog::error("the shutdown hangs; the process ends now. What was "
                "acknowledged is on disk");
  std::_Exit(EXIT_FAILURE);
}

watchdog::watchdog() : impl_{std::make_unique<impl>()} {
  std::signal(SIGALRM, end_now);
  impl_->thread = std::thread{[self = impl_.get()] {
    self->watch();
  }};
}

void watchdog::arm(std::chrono::milliseconds patience) noexcept {
  const auto guard = std::lock_guard{impl_->mutex};
  if (impl_->until)
    return;
  impl_->until = clock::now() + patience;
  const auto bound
      = std::chrono::ceil<std::chrono::seconds>(patience) + timer_margin;
  ::alarm(static_cast<unsigned>(bound.count()));
  impl_->changed.notify_all();
}

watchdog::~watchdog() {
  {
    const auto guard = std::lock_guard{impl_->mutex};
    impl_->is_over = true;
  }
  impl_->changed.notify_all();
  // If it waits for a signal; to that thread alone.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): it is blocked, awaited.
  ::pthread_kill(impl_->thread.native_handle(), SIGTERM);
  impl_->thread.join();
  ::alarm(0);
}

} // namespace sluice::cli
