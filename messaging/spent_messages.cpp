#include "messaging/spent_messages.hpp"

#include <utility>

namespace sluice::messaging {

namespace {

constexpr auto messages_max = std::size_t{64};
constexpr auto bytes_max = std::size_t{1} << 20;

} // namespace

void spent_messages::add(nats_handle<nats_message> message, std::size_t bytes) {
  const auto guard = std::lock_guard{mutex_};
  if (messages_.capacity() == 0)
    messages_.reserve(messages_max);
  messages_.push_back(std::move(message));
  bytes_ += bytes;
  if (messages_.size() < messages_max && bytes_ < bytes_max)
    return;
  messages_.clear();
  bytes_ = 0;
}

} // namespace sluice::messaging
