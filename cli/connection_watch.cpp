#include "cli/connection_watch.hpp"

#include <exception>

namespace sluice::cli {

std::uint64_t connection_watch::ends() const {
  const auto guard = std::lock_guard{mutex_};
  return ends_;
}

bool connection_watch::is_over() const {
  const auto guard = std::lock_guard{mutex_};
  return is_over_;
}

std::string connection_watch::reason() const {
  const auto guard = std::lock_guard{mutex_};
  return reason_;
}

void connection_watch::on_connected(std::string_view) noexcept {
  // nop
}

void connection_watch::on_disconnected(std::string_view reason) noexcept {
  try {
    const auto guard = std::lock_guard{mutex_};
    ++ends_;
    reason_ = reason;
  } catch (const std::exception&) {
    // Without memory for the words the number tells it.
    reason_.clear();
  }
}

void connection_watch::on_reconnected(std::string_view) noexcept {
  // nop
}

void connection_watch::on_closed(std::string_view reason) noexcept {
  try {
    const auto guard = std::lock_guard{mutex_};
    is_over_ = true;
    reason_ = reason;
  } catch (const std::exception&) {
    // As above.
    reason_.clear();
  }
}

void connection_watch::on_error(std::string_view, std::string_view) noexcept {
  // nop
}

} // namespace sluice::cli
