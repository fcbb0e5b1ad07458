#pragma once

#include "actors/way_in.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::actors {

/// Leads most of the requests for a database that is flooded around the others:
/// by a spare connection, which subscribes to that database's subjects in the
/// same queue group (ADR 0033). A thread of its own does that, for it waits for
/// the NATS server.
///
/// It outlives the actors, for they answer by its connections.
class diversions {
public:
  /// @param spare, shared, counters outlive this.
  /// @param shared see `way_in`.
  diversions(std::span<const std::unique_ptr<messaging::connection>> spare,
             nats_reply_sink& shared, service_counters& counters);

  /// @param options of the way in that all share.
  void start(const ingress_options& options);

  /// Asks for one, if there is a spare connection. It comes later, or not. Any
  /// thread; does not wait.
  /// @param prefix what the subjects of the requests begin with, without the
  ///   dot.
  void divert(std::string_view prefix, std::string_view database) noexcept;

  /// How many databases.
  [[nodiscard]] std::size_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

  /// Changes nothing any more. The main thread's, as are those that follow.
  void stop() noexcept;
  /// Takes what has arrived, then nothing more. After `stop`.
  bool drain(std::chrono::steady_clock::time_point until) noexcept;
  void stop_admission() noexcept;
  /// Forgets the actors. After `drain`.
  void close() noexcept;

  [[nodiscard]] std::vector<nats_reply_sink*> sinks();

private:
  using clock = std::chrono::steady_clock;
  struct flooded {
    std::string prefix;
    std::string database;
    friend bool operator==(const flooded&, const flooded&) = default;
  };
  struct diversion {
    diversion(messaging::connection& by, nats_reply_sink& shared,
              service_counters& counters)
        : way{by, shared, counters} {
      // nop
    }
    way_in way;
    std::optional<flooded> whose;
    /// When it was last looked at, and what had come until then.
    clock::time_point looked;
    std::uint64_t received = 0;
  };

  void run(const std::stop_token& stopping, const ingress_options& options);
  void begin(diversion& with, const flooded& whose,
             const ingress_options& options);
  void end_idle();
  void end(diversion& which);
  [[nodiscard]] std::string refusal_of(diversion& which,
                                       const std::string& subject);
  /// For good.
  void give_up(std::string_view why);
  void set(diversion& which, std::optional<flooded> whose);

  /// They stay where they are.
  std::deque<diversion> all_;
  std::atomic<std::size_t> count_ = 0;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  /// The next one.
  std::optional<flooded> wanted_;
  bool is_given_up_ = false;
  std::jthread thread_;
};

} // namespace sluice::actors
