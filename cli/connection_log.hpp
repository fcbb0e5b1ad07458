#pragma once

#include "messaging/connection.hpp"
#include "messaging/rate_limit.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Writes what happens to the connection into the log; of errors, at most
/// twenty a second: each reply that NATS does not permit is one.
class connection_log : public messaging::connection_observer {
public:
  /// @param on_lost told when the connection is closed for good, on a thread
  ///   of NATS; must not throw.
  explicit connection_log(std::function<void(const std::string&)> on_lost);

  void on_connected(std::string_view url) noexcept override;
  void on_disconnected(std::string_view reason) noexcept override;
  void on_reconnected(std::string_view url) noexcept override;
  void on_closed(std::string_view reason) noexcept override;
  void on_error(std::string_view subject,
                std::string_view reason) noexcept override;

private:
  messaging::rate_limit error_lines_{20};
  std::function<void(const std::string&)> on_lost_;
};

} // namespace sluice::cli
