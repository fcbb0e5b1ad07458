#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::actors {

/// Why a request is to end before it is done.
enum class cancel_reason : std::uint8_t {
  none,
  asked,   ///< `db.<db>.cancel`.
  gone,    ///< Nobody waits for the reply.
  crowded, ///< A long read for which there is no thread: it goes back to wait.
};

/// Tells a request that runs on one thread, from another, to end. The first
/// reason holds.
class cancellation {
public:
  void ask(cancel_reason why) noexcept {
    auto before = cancel_reason::none;
    reason_.compare_exchange_strong(before, why);
    is_asked_.store(true);
  }
  [[nodiscard]] bool is_asked() const noexcept {
    return is_asked_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] cancel_reason reason() const noexcept {
    return reason_.load();
  }
  /// For storage::connection::end_when.
  [[nodiscard]] const std::atomic<bool>* flag() const noexcept {
    return &is_asked_;
  }
  /// The request starts over. Not while it runs.
  void forget() noexcept {
    is_asked_.store(false);
    reason_.store(cancel_reason::none);
  }

private:
  std::atomic<bool> is_asked_ = false;
  std::atomic<cancel_reason> reason_ = cancel_reason::none;
};

} // namespace sluice::actors
