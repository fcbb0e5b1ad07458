#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::messaging {

/// Has a thread give way where cores are scarce: those that take requests in to
/// those that serve them. Otherwise a flood of cheap requests, each of which is
/// refused at little cost, takes the time of what is served (docs/adr/0015).
/// And those that have served one request for long to others (docs/adr/0035).
/// For good: nothing but a privilege would give a thread its weight back. Linux
/// counts this for each thread; without effect where it is not permitted.
enum class giving_way : std::uint8_t {
  to_serving, ///< A third of the weight of threads that serve.
  to_intake,  ///< An eighth of that, for one of several with the same task.
};
/// @param number of a thread of this process.
void give_way(giving_way to, int number) noexcept;
/// The same for the calling thread.
void give_way(giving_way to) noexcept;

/// The calling thread, for what follows.
[[nodiscard]] int thread_number() noexcept;

/// The processor time that a thread of this process has had; nothing where
/// there is no such thread.
[[nodiscard]] std::optional<std::chrono::nanoseconds>
processor_time_of(int number) noexcept;

} // namespace sluice::messaging
