#pragma once

#include "actors/reply_sink.hpp"
#include "messaging/connection.hpp"
#include "messaging/interest_watch.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace sluice::actors {

/// Sends replies over NATS.
class nats_reply_sink : public reply_sink {
public:
  /// @param connection outlives this.
  explicit nats_reply_sink(messaging::connection& connection) noexcept;

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
  [[nodiscard]] std::size_t body_bytes_max() const noexcept override;
  [[nodiscard]] std::size_t unsent_bytes() const noexcept override;

private:
  messaging::connection& connection_;
  std::unique_ptr<messaging::interest_watch> interest_;
  /// The last known limit of the server, for while it is away.
  mutable std::atomic<std::size_t> payload_bytes_max_;
};

} // namespace sluice::actors
