#pragma once

#include "cli/connection_log.hpp"
#include "cli/failure.hpp"
#include "cli/signals.hpp"
#include "config/settings.hpp"
#include "messaging/connection.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

/// The connections of `sluice serve` to NATS: one for everything, one for
/// streams, one for each partition of the requests for databases, and those
/// that stand by.
class serving_connections {
public:
  /// Opens them, without waiting for a server that is not there yet.
  /// @param url overrides `settings.url` (the embedded server's address).
  /// @param partitions how many.
  /// @param on_lost as that of `connection_log`.
  [[nodiscard]] static result<std::unique_ptr<serving_connections>>
  open(const config::nats_settings& settings, const std::string& url,
       std::size_t partitions, std::function<void(const std::string&)> on_lost);

  /// Waits until there is a NATS server.
  /// @return false if the service is to end before that.
  [[nodiscard]] bool await_server(const termination_signals& signals);

  /// Waits until NATS has all that was subscribed.
  /// @return false if the service is to end before that; `refused` if NATS does
  ///   not permit something.
  [[nodiscard]] result<bool>
  await_subscriptions(const termination_signals& signals);

  [[nodiscard]] messaging::connection& main() const noexcept {
    return *main_;
  }
  [[nodiscard]] messaging::connection& streams() const noexcept {
    return *streams_.front();
  }
  [[nodiscard]] std::span<const std::unique_ptr<messaging::connection>>
  partitions() const noexcept {
    return partitions_;
  }
  [[nodiscard]] std::span<const std::unique_ptr<messaging::connection>>
  spare() const noexcept {
    return spare_;
  }

private:
  explicit serving_connections(std::size_t count,
                               std::function<void(const std::string&)> on_lost)
      : log_{count, std::move(on_lost)} {
    // nop
  }

  void tell_absence();

  bool is_absence_told_ = false;
  /// The connections use it.
  connection_log log_;
  std::unique_ptr<messaging::connection> main_;
  /// Just one.
  std::vector<std::unique_ptr<messaging::connection>> streams_;
  std::vector<std::unique_ptr<messaging::connection>> partitions_;
  std::vector<std::unique_ptr<messaging::connection>> spare_;
};

} // namespace sluice::cli
