#pragma once

#include "actors/reply_sink.hpp"
#include "messaging/connection.hpp"
#include "messaging/interest_watch.hpp"
#include "messaging/rate_limit.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::actors {

/// Sends replies over NATS.
class nats_reply_sink : public reply_sink,
                        private messaging::undelivered_handler {
public:
  /// @param connection outlives this.
  explicit nats_reply_sink(messaging::connection& connection) noexcept;
  ~nats_reply_sink() override;
  nats_reply_sink(const nats_reply_sink&) = delete;
  nats_reply_sink& operator=(const nats_reply_sink&) = delete;

  /// Makes it possible to watch requesters.
  [[nodiscard]] messaging::result<void> start_watching();

  void publish(const char* subject, std::string_view body,
               std::span<const messaging::header> headers) noexcept override;
  [[nodiscard]] bool
  publish_part(const char* subject, std::string_view body,
               std::span<const messaging::header> headers,
               const requester_watch& watch) noexcept override;
  [[nodiscard]] std::unique_ptr<requester_watch> watch() override;
  void flush() noexcept override;
  /// The same, if anything was published since the last time. Cheap.
  void flush_if_needed() noexcept {
    if (needs_flush_.exchange(false))
      flush();
  }
  [[nodiscard]] std::size_t body_bytes_max() const noexcept override;
  [[nodiscard]] sink_counters counters() const noexcept override;
  [[nodiscard]] bool is_congested() noexcept override;

private:
  void on_undelivered(const char* subject, std::size_t payload_bytes,
                      const messaging::failure& why) noexcept override;
  void drop(std::size_t bytes, const std::string& why) noexcept;
  void publish_too_large(const char* subject, std::size_t bytes);

  messaging::connection& connection_;
  std::atomic<bool> needs_flush_ = false;
  std::atomic<std::uint64_t> dropped_ = 0;
  messaging::rate_limit drop_lines_{1};
  messaging::rate_limit congestion_lines_{1};
  std::unique_ptr<messaging::interest_watch> interest_;
  /// The last known limit of the server, for while it is away.
  mutable std::atomic<std::size_t> payload_bytes_max_;
};

} // namespace sluice::actors
