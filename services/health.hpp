#pragma once

#include "services/discovery.hpp"
#include "services/reply_member.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// `health` and `stats`: this server's own state.
namespace sluice::services {

/// A database that is not written to because its file is broken or gone.
struct quarantined_database {
  std::string name;
  std::string uuid;
  /// ISO 8601 in UTC.
  std::string since;
  std::string cause;
  bool is_readable = false;
};

/// How many of them `stats` lists.
inline constexpr auto quarantined_listed_max = std::size_t{20};

/// A moment's view of the server.
struct server_state {
  std::string server;
  std::string version;
  bool is_ready = false;
  std::uint64_t uptime_s = 0;
  std::uint64_t databases_open = 0;
  std::uint64_t databases_quarantined = 0;
  /// The first of them, by name.
  std::vector<quarantined_database> quarantined = {};
  /// What the system did not give lately, so that fewer databases are open;
  /// empty: nothing.
  std::string shortage = {};
  /// Room on the disk of the data folder; `disk` is "ample", "scarce" or
  /// "full".
  std::string disk = "ample";
  std::uint64_t disk_free_bytes = 0;
  /// Databases whose requests come by a connection of their own, for there are
  /// too many of them.
  std::uint64_t databases_diverted = 0;
  std::uint64_t requests_in_flight = 0;
  std::uint64_t bytes_in_flight = 0;
  std::uint64_t requests_refused = 0;
  std::uint64_t reads_waiting = 0;
  std::uint64_t readers = 0;
  /// On threads of their own: long reads, streams that wait for whoever takes
  /// them, and reads that do not end at their deadline.
  std::uint64_t reads_long = 0;
  std::uint64_t streams_stalled = 0;
  std::uint64_t reads_hung = 0;
  /// Group commits and the writes in them, since the start.
  std::uint64_t commits = 0;
  std::uint64_t writes_committed = 0;
  std::uint64_t reply_bytes_unsent = 0;
  /// Replies that could not be sent, and what NATS did not permit.
  std::uint64_t replies_dropped = 0;
  std::uint64_t nats_refusals = 0;
  /// Requests that were not executed because of their reply subject.
  std::uint64_t replies_refused = 0;
  /// Replies that were given again, and those that had to be made.
  std::uint64_t result_cache_hits = 0;
  std::uint64_t result_cache_misses = 0;
};

/// The members of the replies, beside `success`.
inline constexpr auto quarantined_members = std::array{
    text_member("name"),  text_member("uuid"),        time_member("since"),
    text_member("cause"), boolean_member("readable"),
};
inline constexpr auto health_members = std::array{
    text_member("status"),
    text_member("server"),
    text_member("version"),
    integer_member("uptime_s"),
    integer_member("databases_open"),
    integer_member("databases_quarantined"),
    text_member("shortage").optional(),
    text_member("disk"),
    integer_member("disk_free_bytes"),
};
/// Beside those of every endpoint, under its name in `endpoints`.
inline constexpr auto endpoint_counters = std::array{
    integer_member("requests"),
    integer_member("errors"),
    integer_member("processing_ns"),
};
inline constexpr auto stats_members = std::array{
    text_member("status"),
    text_member("server"),
    text_member("version"),
    integer_member("uptime_s"),
    integer_member("databases_open"),
    integer_member("databases_quarantined"),
    list_member("quarantined", quarantined_members).optional(),
    text_member("disk"),
    integer_member("disk_free_bytes"),
    integer_member("databases_diverted"),
    integer_member("requests_in_flight"),
    integer_member("bytes_in_flight"),
    integer_member("requests_refused"),
    integer_member("reads_waiting"),
    integer_member("readers"),
    integer_member("reads_long"),
    integer_member("streams_stalled"),
    integer_member("reads_hung"),
    integer_member("commits"),
    integer_member("writes_committed"),
    integer_member("reply_bytes_unsent"),
    integer_member("replies_dropped"),
    integer_member("nats_refusals"),
    integer_member("replies_refused"),
    integer_member("result_cache_hits"),
    integer_member("result_cache_misses"),
};

/// {"success": true, "status": "ok", …}. The status is "stopping" while the
/// server does not take requests any more, and "degraded" while a database is
/// quarantined, while `disk` is not "ample", or while the system does not give
/// what one more database needs. Both are successes, for the server does
/// answer. It names no database: every application may ask for it.
[[nodiscard]] std::string encode_health(const server_state& state);

/// The counters, those of each endpoint, and the quarantined databases by name:
/// for those who look after the server.
[[nodiscard]] std::string
encode_server_stats(const server_state& state,
                    const service_statistics& statistics);

} // namespace sluice::services
