#pragma once

#include "messaging/connection.hpp"
#include "messaging/rate_limit.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Writes what happens to the connections of a server into the log, as to one:
/// that it is lost with the first of them, and there again with the last. Of
/// errors, at most twenty a second: each reply that NATS does not permit is
/// one.
class connection_log : public messaging::connection_observer {
public:
  /// @param connections how many it watches.
  /// @param on_lost told when a connection is closed for good, on a thread of
  ///   NATS; must not throw.
  connection_log(std::size_t connections,
                 std::function<void(const std::string&)> on_lost);

  void on_connected(std::string_view url) noexcept override;
  void on_disconnected(std::string_view reason) noexcept override;
  void on_reconnected(std::string_view url) noexcept override;
  void on_closed(std::string_view reason) noexcept override;
  void on_error(std::string_view subject,
                std::string_view reason) noexcept override;

private:
  messaging::rate_limit error_lines_{20};
  std::function<void(const std::string&)> on_lost_;
  /// Connections that are not there; at first all.
  std::atomic<std::size_t> missing_;
};

} // namespace sluice::cli
