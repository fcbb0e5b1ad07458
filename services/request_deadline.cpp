#include "services/request_deadline.hpp"

#include <algorithm>

namespace sluice::services {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string words(milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

} // namespace

codec::result<std::chrono::steady_clock::time_point>
deadline_of(const request_headers& headers, const request_times& times) {
  const auto waited = times.now - times.arrived;
  if (waited >= headers.timeout)
    return codec::fail(codec::error_code::timeout,
                       "the request had waited for "
                           + words(duration_cast<milliseconds>(waited))
                           + " when Sluice came to read it, and has a time of "
                           + words(headers.timeout)
                           + " (Sluice-Timeout-Ms); it was not executed");
  if (!headers.sent)
    return times.arrived + headers.timeout;
  // A client whose clock is ahead has just sent it.
  const auto age = std::max(times.unix_now - *headers.sent, milliseconds{0});
  if (age >= headers.timeout)
    return codec::fail(
        codec::error_code::timeout,
        "the request was sent " + words(age)
            + " ago by its header Sluice-Sent-Ms, and has a time of "
            + words(headers.timeout)
            + " (Sluice-Timeout-Ms); it was not executed. If it was sent just "
              "now, the clocks of client and server differ: set them, or send "
              "no Sluice-Sent-Ms");
  return std::min(times.arrived, times.now - age) + headers.timeout;
}

} // namespace sluice::services
