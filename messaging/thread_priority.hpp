#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::messaging {

/// Has the calling thread give way where cores are scarce: those that take
/// requests in to those that serve them. Otherwise a flood of cheap requests,
/// each of which is refused at little cost, takes the time of what is served
/// (docs/adr/0015). Linux counts this for each thread; without effect where it
/// is not permitted.
enum class giving_way : std::uint8_t {
  to_serving, ///< A third of the weight of threads that serve.
  to_intake,  ///< An eighth of that, for one of several with the same task.
};
void give_way(giving_way to) noexcept;

/// The calling thread, for what follows.
[[nodiscard]] int thread_number() noexcept;

/// Has a thread of this process give way to all others, for good: nothing but a
/// privilege would give it its weight back.
void give_way_to_all(int number) noexcept;

/// The processor time that a thread of this process has had; nothing where
/// there is no such thread.
[[nodiscard]] std::optional<std::chrono::nanoseconds>
processor_time_of(int number) noexcept;

} // namespace sluice::messaging
