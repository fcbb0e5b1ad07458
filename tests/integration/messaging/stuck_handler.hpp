#pragma once

#include "messaging/message.hpp"

#include <atomic>
#include <semaphore>

namespace sluice::tests {

/// Stays in its first callback until it is let go, once.
class stuck_handler : public messaging::message_handler {
public:
  void on_message(const messaging::inbound_message&) noexcept override {
    const auto is_first = count_.fetch_add(1) == 0;
    if (!is_first)
      return;
    release_.acquire();
    has_ended_.store(true);
  }
  void let_go() {
    release_.release();
  }
  [[nodiscard]] bool has_ended() const {
    return has_ended_.load();
  }
  [[nodiscard]] int count() const {
    return count_.load();
  }

private:
  std::binary_semaphore release_{0};
  std::atomic<bool> has_ended_ = false;
  std::atomic<int> count_ = 0;
};

} // namespace sluice::tests
