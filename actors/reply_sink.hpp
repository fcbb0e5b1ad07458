#pragma once

#include "messaging/message.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace sluice::actors {

/// Where replies go: NATS, or a test. Any thread; does not block.
class reply_sink {
public:
  virtual ~reply_sink() = default;

  /// Takes a reply. It leaves with the next `flush`, or soon.
  virtual void publish(const char* subject, std::string_view body,
                       std::span<const messaging::header> headers) noexcept
      = 0;

  /// Sends what was published, in one write.
  virtual void flush() noexcept = 0;

  /// The largest body that fits into one message.
  [[nodiscard]] virtual std::size_t body_bytes_max() const noexcept = 0;

  /// Replies that the network has not taken yet.
  [[nodiscard]] virtual std::size_t unsent_bytes() const noexcept = 0;
};

} // namespace sluice::actors
