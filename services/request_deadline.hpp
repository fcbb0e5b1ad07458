#pragma once

#include "codec/error.hpp"
#include "services/request_headers.hpp"

#include <chrono>

namespace sluice::services {

/// The moment at which a request is looked at, and since when it is there.
struct request_times {
  std::chrono::steady_clock::time_point now;
  /// By the system's clock; matters only with Sluice-Sent-Ms.
  std::chrono::milliseconds unix_now{};
  std::chrono::steady_clock::time_point arrived;
};

/// Until when a request is to be answered: its patience counts from when it
/// was sent, where it says so, else from when it arrived.
/// @return `timeout` if that is over: nobody waits for it any more.
[[nodiscard]] codec::result<std::chrono::steady_clock::time_point>
deadline_of(const request_headers& headers, const request_times& times);

} // namespace sluice::services
