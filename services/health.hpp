#pragma once

#include "services/discovery.hpp"

#include <cstdint>
#include <string>

/// `health` and `stats`: this server's own state.
namespace sluice::services {

/// A moment's view of the server.
struct server_state {
  std::string server;
  std::string version;
  bool is_ready = false;
  std::uint64_t uptime_s = 0;
  std::uint64_t databases_open = 0;
  std::uint64_t requests_in_flight = 0;
  std::uint64_t bytes_in_flight = 0;
  std::uint64_t requests_refused = 0;
  std::uint64_t reads_waiting = 0;
  std::uint64_t readers = 0;
  /// Group commits and the writes in them, since the start.
  std::uint64_t commits = 0;
  std::uint64_t writes_committed = 0;
  std::uint64_t reply_bytes_unsent = 0;
  /// Replies that could not be sent, and what NATS did not permit.
  std::uint64_t replies_dropped = 0;
  std::uint64_t nats_refusals = 0;
};

/// {"success": true, "status": "ok", …}. The status is "stopping" while the
/// server does not take requests any more.
[[nodiscard]] std::string encode_health(const server_state& state);

/// The counters, and those of each endpoint.
[[nodiscard]] std::string
encode_server_stats(const server_state& state,
                    const service_statistics& statistics);

} // namespace sluice::services
