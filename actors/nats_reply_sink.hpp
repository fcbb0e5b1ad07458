#pragma once

#include "actors/reply_sink.hpp"
#include "messaging/connection.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::actors {

/// Sends replies over NATS.
class nats_reply_sink : public reply_sink {
public:
  /// @param connection outlives this.
  explicit nats_reply_sink(messaging::connection& connection) noexcept;

  void publish(const char* subject, std::string_view body,
               std::span<const messaging::header> headers) noexcept override;
  void flush() noexcept override;
  [[nodiscard]] std::size_t body_bytes_max() const noexcept override;
  [[nodiscard]] std::size_t unsent_bytes() const noexcept override;

private:
  messaging::connection& connection_;
  /// The last known limit of the server, for while it is away.
  mutable std::atomic<std::size_t> payload_bytes_max_;
};

} // namespace sluice::actors
