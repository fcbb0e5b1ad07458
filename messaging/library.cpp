#include "messaging/library.hpp"

#include <nats/nats.h>
#include <sched.h>
#include <sys/resource.h>

#include <mutex>
#include <thread>

namespace sluice::messaging {

namespace {

/// Low enough to interrupt nobody, and a tenth of a core when all are busy,
/// which is more than it needs.
constexpr auto nice_value = 10;

/// Threads inherit both from the one that makes them. Where the system does
/// not allow it, it is only slower.
void become_humble() noexcept {
  const auto parameters = sched_param{};
  sched_setscheduler(0, SCHED_BATCH, &parameters);
  setpriority(PRIO_PROCESS, 0, nice_value);
}

} // namespace

void start_library() noexcept {
  static auto once = std::once_flag{};
  std::call_once(once, [] {
    // The priority is the thread's alone, and cannot be raised again.
    std::thread{[] {
      become_humble();
      // It fails again, with words for it, where a connection is made.
      nats_Open(-1);
    }}.join();
  });
}

} // namespace sluice::messaging
