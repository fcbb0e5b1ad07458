#pragma once

#include "bench/latency_histogram.hpp"
#include "bench/outcome.hpp"
#include "bench/request_text.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

/// What is sent, and for how long.
struct load {
  std::string url;
  /// Each request goes to one of them, chosen at random.
  std::vector<std::string> subjects;
  request_text text;
  /// What the body of a reply that is no failure begins with.
  std::string good_reply;
  /// Requests that are always under way.
  std::uint32_t in_flight = 1;
  bool send_asap = false;
  /// Before the first reply counts.
  std::chrono::nanoseconds warm_up{};
  /// While replies count.
  std::chrono::nanoseconds duration{};
};

struct load_result {
  /// Of good replies while they counted.
  latency_histogram latencies;
  /// Good replies from the first request to the last, warm-up included.
  std::uint64_t good = 0;
  /// Failures, and requests without a reply, from the first to the last.
  std::uint64_t errors = 0;
  std::string first_error;
};

/// Puts a load on a service over one connection in a closed loop: each reply
/// sends the next request. Returns when every request has its reply, or has
/// waited for it in vain.
[[nodiscard]] result<load_result> run_load(const load& plan);

} // namespace sluice::bench
