#pragma once

#include "actors/ingress.hpp"
#include "actors/nats_reply_sink.hpp"
#include "actors/reply_sinks.hpp"
#include "messaging/connection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sluice::actors {

/// What comes by one.
struct way_in_requests {
  /// What their subjects begin with, without the dot.
  std::string prefix;
  std::string subject;
  /// How often it is subscribed to, each time with a thread. Of the members of
  /// a queue group the NATS server chooses one for each request: so this is the
  /// way's weight against others that serve the same subject.
  std::size_t subscriptions = 1;
};

/// A way in of its own for some requests for databases: they come by a
/// connection that other databases' requests do not stand in, and are answered
/// by it where their database is sent much (ADR 0045).
///
/// It outlives the actors, for they answer by it.
class way_in {
public:
  /// @param by, shared, counters outlive this.
  /// @param shared by which those databases are answered that are sent little.
  way_in(messaging::connection& by, nats_reply_sink& shared,
         service_counters& counters);

  /// Begins to take requests. Not while it is open.
  /// @param options of the way in that all share.
  [[nodiscard]] codec::result<void> open(const ingress_options& options,
                                         const way_in_requests& which);

  /// Takes what has arrived, then nothing more.
  /// @return false if that takes longer than until then.
  bool drain(std::chrono::steady_clock::time_point until) noexcept;
  void stop_admission() noexcept;
  /// Forgets the actors, and can be opened again. After `drain`.
  void close() noexcept;

  /// Requests since it was opened.
  [[nodiscard]] std::uint64_t received() const noexcept;

  [[nodiscard]] messaging::connection& connection() const noexcept {
    return connection_;
  }
  [[nodiscard]] nats_reply_sink& sink() noexcept {
    return sink_;
  }

private:
  messaging::connection& connection_;
  nats_reply_sink sink_;
  reply_sinks both_;
  reply_context replies_;
  /// One for each subscription; they stay where they are.
  std::deque<ingress> in_;
  std::vector<std::unique_ptr<messaging::subscription>> subscriptions_;
};

} // namespace sluice::actors
