#pragma once

#include "bench/load.hpp"
#include "bench/nats_client.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Requests that are always under way, until the time is over. Each has a slot
/// with a reply subject of its own under one wildcard inbox, so that a reply
/// says by its subject when its request was sent.
///
/// Replies arrive on a thread of the NATS client, which sends the slot's next
/// request and keeps all the counts.
class closed_loop {
public:
  closed_loop(const load& plan, nats_handle<natsConnection> connection);
  /// Closes the connection and waits until no reply is being handled.
  ~closed_loop();
  closed_loop(const closed_loop&) = delete;
  closed_loop& operator=(const closed_loop&) = delete;

  /// Sends the first request of each slot.
  [[nodiscard]] result<void> start();

  /// Whether the time is over and every request has its reply.
  [[nodiscard]] bool is_drained() const noexcept;
  [[nodiscard]] bool is_disconnected() const noexcept;

  /// Ends it; requests that are still under way are errors.
  [[nodiscard]] load_result stop();

private:
  using clock = std::chrono::steady_clock;

  /// What is sent next, and where to.
  struct next_requests {
    request_text text;
    std::uint64_t subject_state = 0;
  };

  struct slot {
    std::string reply_subject;
    clock::time_point sent;
  };

  static void on_reply(natsConnection* connection,
                       natsSubscription* subscription, natsMsg* message,
                       void* closure);
  static void on_complete(void* closure);

  result<void> subscribe();
  void handle(natsMsg& message);
  void count(clock::time_point sent, clock::time_point now);
  void count_error(std::string text);
  natsStatus send(slot& to, next_requests& from, clock::time_point now);
  void close();

  load plan_;
  clock::time_point counts_from_;
  clock::time_point ends_at_;
  std::vector<slot> slots_;
  next_requests next_;
  /// Size of what comes before the number in a slot's reply subject.
  std::size_t inbox_size_ = 0;
  load_result result_;
  std::atomic<std::uint32_t> under_way_ = 0;

  std::mutex mutex_;
  std::condition_variable completed_;
  /// Whether the client may still call on_reply.
  bool is_subscribed_ = false;

  nats_handle<natsConnection> connection_;
  nats_handle<natsSubscription> subscription_;
};

} // namespace sluice::bench
