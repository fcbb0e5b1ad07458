#pragma once

#include "messaging/message.hpp"
#include "messaging/nats_handle.hpp"

namespace sluice::messaging {

/// A message that the library has delivered, as a view. Its headers are parsed
/// when the first one is asked for.
class received_message : public inbound_message {
public:
  /// @param message outlives this.
  received_message(nats_message& message, bool has_backlog,
                   std::chrono::steady_clock::time_point arrived) noexcept
      : message_{message}, has_backlog_{has_backlog}, arrived_{arrived} {}

  [[nodiscard]] std::string_view subject() const noexcept override;
  [[nodiscard]] std::string_view reply_to() const noexcept override;
  [[nodiscard]] std::string_view payload() const noexcept override;
  [[nodiscard]] std::string_view
  header(const char* name) const noexcept override;
  [[nodiscard]] bool has_backlog() const noexcept override {
    return has_backlog_;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point
  arrived() const noexcept override {
    return arrived_;
  }
  [[nodiscard]] owned_message copy() const override;

private:
  nats_message& message_;
  bool has_backlog_;
  std::chrono::steady_clock::time_point arrived_;
  /// Most requests have no headers; then they are asked for once only.
  mutable bool is_known_bare_ = false;
};

} // namespace sluice::messaging
