#pragma once

#include "messaging/nats_handle.hpp"

#include <cstddef>
#include <mutex>
#include <vector>

namespace sluice::messaging {

/// Messages for while there is no server, in order. Any thread. Only for
/// messaging's own sources.
class outbox {
public:
  /// @param bytes_max what it takes, see `nats.reconnect_buffer_bytes_max`.
  explicit outbox(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

  struct entry {
    nats_handle<nats_message> message;
    std::size_t bytes = 0;
  };

  /// Takes it; or leaves it, if there is no room.
  /// @return `disconnected` if it is full.
  [[nodiscard]] result<void> add(entry& what);

  /// All of it, which is no longer in it then.
  [[nodiscard]] std::vector<entry> take();

  [[nodiscard]] std::size_t bytes() const noexcept;

private:
  std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::vector<entry> entries_;
  std::size_t bytes_ = 0;
};

} // namespace sluice::messaging
