#include "messaging/thread_priority.hpp"

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

void give_way(giving_way to, int number) noexcept {
  const auto nice
      = to == giving_way::to_serving ? nice_of_intake : nice_of_spare;
  // To raise it takes no privilege. Where it fails all goes on as it is.
  static_cast<void>(
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(number), nice));
}

void give_way(giving_way to) noexcept {
  give_way(to, thread_number());
}

int thread_number() noexcept {
  return ::gettid();
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
