#include "bench/load.hpp"

#include "bench/closed_loop.hpp"
#include "bench/interruption.hpp"

#include <algorithm>
#include <thread>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// How long the last replies may take.
constexpr auto drain_patience = 10s;
/// How often the main thread wakes up to see whether to go on. It shares the
/// processor with what it measures.
constexpr auto watch_interval = 20ms;

result<void> watch(const closed_loop& loop, clock::time_point deadline) {
  while (clock::now() < deadline && !loop.is_drained()) {
    if (is_interrupted())
      return fail("interrupted");
    if (loop.is_disconnected())
      return fail("the connection to NATS is lost");
    std::this_thread::sleep_until(
        std::min(deadline, clock::now() + watch_interval));
  }
  return {};
}

} // namespace

result<load_result> run_load(const load& plan) {
  auto connection = connect(plan.url, plan.send_asap);
  if (!connection)
    return fail(connection.error());
  auto loop = closed_loop{plan, std::move(*connection)};
  const auto end = clock::now() + plan.warm_up + plan.duration;
  if (const auto started = loop.start(); !started)
    return fail(started.error());
  if (const auto watched = watch(loop, end + drain_patience); !watched)
    return fail(watched.error());
  return loop.stop();
}

} // namespace sluice::bench
