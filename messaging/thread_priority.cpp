#include "messaging/thread_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace sluice::messaging {

namespace {

// Weights are those of sched(7): each step takes a fifth. A third of the weight
// of others is enough to go on under any load.
constexpr auto nice_of_intake = 5;
constexpr auto nice_of_spare = 14;
constexpr auto nice_of_last = 19;

} // namespace

void give_way(giving_way to) noexcept {
  const auto nice
      = to == giving_way::to_serving ? nice_of_intake : nice_of_spare;
  const auto thread = static_cast<id_t>(::gettid());
  // To raise it takes no privilege. Where it fails all goes on as it is.
  static_cast<void>(::setpriority(PRIO_PROCESS, thread, nice));
}

int thread_number() noexcept {
  return ::gettid();
}

void give_way_to_all(int number) noexcept {
  static_cast<void>(
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(number), nice_of_last));
}

} // namespace sluice::messaging
