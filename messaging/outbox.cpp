#include "messaging/outbox.hpp"

#include <utility>

namespace sluice::messaging {

result<void> outbox::add(entry& what) {
  const auto guard = std::lock_guard{mutex_};
  if (bytes_ + what.bytes > bytes_max_)
    return std::unexpected{
        failure{failure::kind::disconnected,
                "there is no connection to NATS, and "
                "nats.reconnect_buffer_bytes_max is reached"}};
  bytes_ += what.bytes;
  entries_.push_back(std::move(what));
  return {};
}

std::vector<outbox::entry> outbox::take() {
  const auto guard = std::lock_guard{mutex_};
  bytes_ = 0;
  return std::exchange(entries_, {});
}

std::size_t outbox::bytes() const noexcept {
  const auto guard = std::lock_guard{mutex_};
  return bytes_;
}

} // namespace sluice::messaging
