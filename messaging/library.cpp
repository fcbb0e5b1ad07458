#include "messaging/library.hpp"

#include <nats/nats.h>
#include <sched.h>

#include <mutex>
#include <thread>

namespace sluice::messaging {

namespace {

/// Threads inherit it from the one that makes them. Not with a lower priority
/// besides: when all cores are busy, what waits to be freed must not grow.
/// Where the system does not allow it, it is only slower.
void become_patient() noexcept {
  const auto parameters = sched_param{};
  sched_setscheduler(0, SCHED_BATCH, &parameters);
}

} // namespace

void start_library() noexcept {
  static auto once = std::once_flag{};
  std::call_once(once, [] {
    // It is the thread's alone.
    std::thread{[] {
      become_patient();
      // It fails again, with words for it, where a connection is made.
      nats_Open(-1);
    }}.join();
  });
}

} // namespace sluice::messaging
