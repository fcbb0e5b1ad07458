#include "bench/processor_split.hpp"

#include <sched.h>
#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

namespace sluice::bench {

namespace {

cpu_set_t set_of(std::span<const int> processors) {
  auto set = cpu_set_t{};
  for (const auto each : processors)
    CPU_SET(each, &set);
  return set;
}

result<void> keep(int thread, std::span<const int> to) {
  const auto set = set_of(to);
  // A thread that has ended meanwhile needs nothing.
  if (::sched_setaffinity(thread, sizeof set, &set) == 0 || errno == ESRCH)
    return {};
  return fail(fmt::format("cannot choose the processors of thread {}: {}",
                          thread, std::strerror(errno)));
}

result<std::vector<int>> own_processors() {
  auto set = cpu_set_t{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0)
    return fail(fmt::format("cannot learn which processors there are: {}",
                            std::strerror(errno)));
  auto all = std::vector<int>{};
  for (auto each = 0; each < CPU_SETSIZE; ++each)
    if (CPU_ISSET(each, &set))
      all.push_back(each);
  return all;
}

} // namespace

result<processor_split> processor_split::enter() {
  auto all = own_processors();
  if (!all)
    return fail(all.error());
  if (all->size() < 2)
    return fail("--apart needs two processors or more; there is one");
  const auto middle
      = all->begin() + static_cast<std::ptrdiff_t>(all->size() / 2);
  const auto load = std::vector<int>{all->begin(), middle};
  if (const auto kept = keep(0, load); !kept)
    return fail(kept.error());
  return processor_split{{middle, all->end()}, load.size()};
}

result<void> processor_split::move_server(int process) const {
  auto error = std::error_code{};
  for (const auto& entry : std::filesystem::directory_iterator{
           fmt::format("/proc/{}/task", process), error}) {
    const auto name = entry.path().filename().string();
    auto thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    if (const auto kept = keep(thread, of_server_); !kept)
      return kept;
  }
  if (error)
    return fail(fmt::format("cannot list the threads of process {}: {}",
                            process, error.message()));
  return {};
}

} // namespace sluice::bench
