#pragma once

#include "bench/child_process.hpp"
#include "bench/outcome.hpp"

#include <string>

/// What Sluice is compared with: the least that a service over NATS can do. It
/// publishes each request's body back, with nothing between the client library
/// and the answer, in a process of its own as Sluice is.
namespace sluice::bench {

struct echo_options {
  std::string url;
  std::string subject;
  bool send_asap = false;
};

/// Serves until it is interrupted. Prints a line when requests are served.
[[nodiscard]] result<void> serve_echo(const echo_options& options);

/// Starts this program again as such a service, and waits until it serves.
[[nodiscard]] result<child_process>
start_echo_service(const echo_options& options);

} // namespace sluice::bench
