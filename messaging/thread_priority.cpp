#include "messaging/thread_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace sluice::messaging {

namespace {

// A third of the weight of others (sched(7)): enough to go on under any load.
constexpr auto nice_of_intake = 5;

} // namespace

void give_way() noexcept {
  const auto thread = static_cast<id_t>(::gettid());
  // To raise it takes no privilege. Where it fails all goes on as it is.
  static_cast<void>(::setpriority(PRIO_PROCESS, thread, nice_of_intake));
}

} // namespace sluice::messaging
