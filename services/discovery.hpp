#pragma once

#include "services/endpoint.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// NATS service discovery: the replies to `$SRV.PING`, `$SRV.INFO` and
/// `$SRV.STATS`, as NATS ADR-32 has them, so that `nats micro` works.
namespace sluice::services {

/// Who this server is to NATS.
struct service_identity {
  std::string name = "sluice";
  /// Unique per process.
  std::string id;
  std::string version;
  std::string subject_prefix;
  std::string queue_group;
  /// `server_name`, by which people know it.
  std::string server;
  /// When it started, ISO 8601 in UTC.
  std::string started;
};

/// What one endpoint has done so far.
struct endpoint_statistics {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t processing_ns = 0;
  /// Its code, no more: a message names what is in a database, and everybody
  /// who may ask for statistics reads this.
  std::string_view last_error;
};

/// By the endpoints' ids.
using service_statistics = std::vector<endpoint_statistics>;

[[nodiscard]] std::string encode_ping(const service_identity& self);
[[nodiscard]] std::string encode_info(const service_identity& self);
[[nodiscard]] std::string encode_stats(const service_identity& self,
                                       const service_statistics& statistics);

/// What a discovery subject asks for.
enum class discovery_verb : std::uint8_t { none, ping, info, stats };

/// Understands `$SRV.<VERB>`, `$SRV.<VERB>.<name>` and
/// `$SRV.<VERB>.<name>.<id>`; `none` for anything else and other services.
[[nodiscard]] discovery_verb resolve_discovery(std::string_view subject,
                                               const service_identity& self);

} // namespace sluice::services
