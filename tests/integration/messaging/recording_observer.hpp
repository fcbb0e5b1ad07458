#pragma once

#include "messaging/connection.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// Keeps what it is told.
class recording_observer : public messaging::connection_observer {
public:
  void on_connected(std::string_view url) noexcept override {
    add("connected", url);
  }
  void on_disconnected(std::string_view) noexcept override {
    add("disconnected", {});
  }
  void on_reconnected(std::string_view url) noexcept override {
    add("reconnected", url);
  }
  void on_closed(std::string_view) noexcept override {
    add("closed", {});
  }
  void on_error(std::string_view, std::string_view) noexcept override {
    // nop
  }
  [[nodiscard]] std::vector<std::string> events() const {
    const auto guard = std::lock_guard{mutex_};
    return events_;
  }

private:
  void add(const std::string& what, std::string_view url) noexcept {
    const auto guard = std::lock_guard{mutex_};
    events_.push_back(url.empty() ? what : what + " " + std::string{url});
  }

  mutable std::mutex mutex_;
  std::vector<std::string> events_;
};

} // namespace sluice::tests
