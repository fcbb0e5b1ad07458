#include "messaging/thread_priority.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>

namespace sluice::messaging {

namespace {

// Weights are those of sched(7): each step takes a fifth. A third of the weight
// of others is enough to go on under any load.
constexpr auto nice_of_intake = 5;
constexpr auto nice_of_spare = 14;

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
  // Niceness alone would not do: the kernel has a thread of any niceness end
  // its time slice of some milliseconds before one that wakes up gets the core,
  // but for SCHED_IDLE, which gives way at once.
  const auto nothing = sched_param{};
  static_cast<void>(::sched_setscheduler(number, SCHED_IDLE, &nothing));
}

std::optional<std::chrono::nanoseconds> processor_time_of(int number) noexcept {
  // As pthread_getcpuclockid makes it, which wants more than the number: the
  // clock of the scheduler (2) for one thread (4), clock_getres(2).
  const auto clock
      = static_cast<clockid_t>((~static_cast<unsigned>(number) << 3u) | 6u);
  auto found = timespec{};
  if (number <= 0 || ::clock_gettime(clock, &found) != 0)
    return std::nullopt;
  return std::chrono::seconds{found.tv_sec}
         + std::chrono::nanoseconds{found.tv_nsec};
}

} // namespace sluice::messaging
