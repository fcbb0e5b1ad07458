#pragma once

#include "bench/latency_histogram.hpp"
#include "bench/nats_client.hpp"
#include "bench/outcome.hpp"
#include "bench/request_text.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::bench {

/// What is offered, and for how long.
struct offer {
  std::string url;
  std::string subject;
  request_text text;
  /// What the body of a reply that is no failure begins with.
  std::string good_reply;
  /// Requests per second, evenly spaced.
  double rate = 1;
  bool send_asap = false;
  /// Before replies count for the throughput.
  std::chrono::nanoseconds warm_up{};
  /// While they count.
  std::chrono::nanoseconds duration{};
};

/// What became of the requests. `sent` = served + refused + timed_out + failed
/// + lost.
struct offer_result {
  std::uint64_t sent = 0;
  std::uint64_t served = 0;
  std::uint64_t refused = 0;   ///< `overloaded`.
  std::uint64_t timed_out = 0; ///< `timeout`: an answer, in time or late.
  std::uint64_t failed = 0;    ///< Any other answer.
  std::uint64_t lost = 0;      ///< No answer.
  /// Answers beyond the first to one request; there must be none.
  std::uint64_t surplus = 0;
  std::string first_failure;
  /// While they counted, per second.
  double sent_per_second = 0;
  double served_per_second = 0;
  /// From the moment when a request ought to have been sent.
  latency_histogram served_latencies;
  latency_histogram refused_latencies;
};

/// Sends requests by the clock, whether or not replies come (an open loop), as
/// many clients that know nothing of each other do.
///
/// The clock makes slots, 1 / rate apart; the number of a request's slot is the
/// last token of its reply subject, so a reply tells when its request ought to
/// have been sent, and nothing is kept per request but a bit. A sender that is
/// late catches up, and latencies count from the slot: what waits for a slow
/// system is counted as waiting (no "coordinated omission"). Only where it
/// cannot keep up at all, slots later than `late_max` stay empty, and `sent`
/// says so.
class open_loop {
public:
  /// @param sending carries the requests.
  /// @param receiving carries the replies: over one connection, the client
  ///   would not read while it waits to write.
  open_loop(offer plan, nats_handle<natsConnection> sending,
            nats_handle<natsConnection> receiving);
  /// Closes the connections and waits until no reply is being handled.
  ~open_loop();
  open_loop(const open_loop&) = delete;
  open_loop& operator=(const open_loop&) = delete;

  /// Begins to send, on a thread of its own.
  [[nodiscard]] result<void> start();

  /// Whether the time to send is over.
  [[nodiscard]] bool is_sent() const noexcept;
  /// Whether it is over and every request has its reply.
  [[nodiscard]] bool is_drained() const noexcept;
  [[nodiscard]] bool is_disconnected() const noexcept;

  /// Ends it; requests that have no reply yet are lost.
  [[nodiscard]] offer_result stop();

private:
  using clock = std::chrono::steady_clock;

  static void on_reply(natsConnection* connection,
                       natsSubscription* subscription, natsMsg* message,
                       void* closure);
  static void on_complete(void* closure);

  result<void> subscribe();
  void send_all() noexcept;
  natsStatus send(std::uint64_t slot) noexcept;
  [[nodiscard]] clock::time_point time_of(std::uint64_t slot) const noexcept;
  [[nodiscard]] std::uint64_t slots_until(clock::time_point now) const noexcept;
  void handle(natsMsg& message);
  void judge(natsMsg& message, std::chrono::nanoseconds latency, bool counts);
  void close();

  offer plan_;
  /// The inbox, a dot, and room for the number of a slot.
  std::string reply_subject_;
  std::size_t inbox_size_ = 0;
  double slot_ns_ = 0;
  std::uint64_t slots_ = 0;
  clock::time_point begin_;
  clock::time_point counts_from_;
  clock::time_point end_;

  std::thread sender_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_sent_ = false;
  std::atomic<std::uint64_t> sent_ = 0;
  std::uint64_t sent_counted_ = 0;
  std::string send_failure_;

  // On the client's thread, which handles replies one after the other.
  std::vector<bool> is_answered_;
  offer_result result_;
  std::uint64_t served_counted_ = 0;
  std::atomic<std::uint64_t> answered_ = 0;

  std::mutex mutex_;
  std::condition_variable completed_;
  /// Whether the client may still call on_reply.
  bool is_subscribed_ = false;

  nats_handle<natsConnection> sending_;
  nats_handle<natsConnection> receiving_;
  nats_handle<natsSubscription> subscription_;
};

} // namespace sluice::bench
