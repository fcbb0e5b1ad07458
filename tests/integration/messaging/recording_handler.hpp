#pragma once

#include "messaging/message.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::tests {

/// Keeps the payloads of what arrives.
class recording_handler : public messaging::message_handler {
public:
  void on_message(const messaging::inbound_message& message) noexcept override {
    const auto guard = std::lock_guard{mutex_};
    payloads_.emplace_back(message.payload());
  }
  [[nodiscard]] std::vector<std::string> payloads() const {
    const auto guard = std::lock_guard{mutex_};
    return payloads_;
  }
  [[nodiscard]] std::size_t count() const {
    const auto guard = std::lock_guard{mutex_};
    return payloads_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> payloads_;
};

} // namespace sluice::tests
