#pragma once

#include "actors/ingress.hpp"
#include "actors/nats_reply_sink.hpp"
#include "messaging/connection.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace sluice::actors {

/// A way in of its own for the requests of one partition
/// (services/partition.hpp): they come, and are answered, by a connection that
/// other databases' requests do not stand in. Only streams are answered by the
/// connection that all share.
///
/// It outlives the actors, for they answer by it.
class partition {
public:
  /// @param by, counters outlive this.
  partition(messaging::connection& by, service_counters& counters) noexcept;

  /// Begins to take requests.
  /// @param options of the way in that all share.
  [[nodiscard]] codec::result<void> start(const ingress_options& options,
                                          std::size_t number);

  /// Takes what has arrived, then nothing more.
  /// @return false if that takes longer than the timeout.
  bool drain(std::chrono::milliseconds timeout) noexcept;
  void stop_admission() noexcept;
  /// Forgets the actors. After `drain`.
  void end() noexcept;

  [[nodiscard]] nats_reply_sink& sink() noexcept {
    return sink_;
  }

private:
  messaging::connection& connection_;
  nats_reply_sink sink_;
  reply_context replies_;
  std::optional<ingress> in_;
  std::unique_ptr<messaging::subscription> subscription_;
};

} // namespace sluice::actors
