#pragma once

#include "codec/error.hpp"
#include "config/settings.hpp"
#include "messaging/connection.hpp"
#include "storage/data_directory.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "security/key_ring.hpp"

namespace sluice::actors {

/// The connections to NATS by which a server is reached; they outlive it.
struct server_connections {
  messaging::connection& main;
  /// For streams: one that is not taken holds up others of its kind, but
  /// nothing else.
  messaging::connection& streams;
  /// One for each partition of the requests for databases, in their order
  /// (services/partition.hpp); none where the NATS server makes no partitions.
  std::span<const std::unique_ptr<messaging::connection>> partitions;
  /// For floods (actors/diversions.hpp); none: they are not led around.
  std::span<const std::unique_ptr<messaging::connection>> spare;
};

/// How many readers there are with these settings.
[[nodiscard]] std::size_t reader_count(const config::settings& settings);

/// A whole server: puts the actors together, subscribes to every subject, and
/// takes it all down again in the order that loses nothing. Made, drained and
/// destroyed on the main thread.
class server {
public:
  /// @param settings, directory and keys outlive the server.
  /// @param on_fatal told, on another thread, when the service cannot go on.
  [[nodiscard]] static codec::result<std::unique_ptr<server>>
  start(const config::settings& settings,
        const storage::data_directory& directory,
        const security::server_keys& keys, const server_connections& by,
        std::function<void(const std::string&)> on_fatal);

  /// Drains if that has not been done.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Its id in NATS's service discovery.
  [[nodiscard]] const std::string& instance_id() const noexcept;

  /// Refuses new requests, finishes the accepted ones, commits, closes every
  /// file. Bounded by `shutdown.drain_ms_max`.
  /// @return whether everything was finished in that time.
  bool drain();

  /// After `drain`: threads hang that nothing ends, so what they use must stay
  /// as it is. End the process with std::_Exit; destroy neither the connections
  /// nor what else was given to `start`.
  [[nodiscard]] bool has_hanging_threads() const noexcept;

  struct impl;

private:
  explicit server(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::actors
