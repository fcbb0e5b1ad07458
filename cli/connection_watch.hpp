#pragma once

#include "messaging/connection.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace sluice::cli {

/// Keeps what has become of a command's connection. Safe to use from any
/// thread.
class connection_watch : public messaging::connection_observer {
public:
  /// How often a server was lost.
  [[nodiscard]] std::uint64_t ends() const;
  /// Whether no server will be connected to any more.
  [[nodiscard]] bool is_over() const;
  /// Why the last one was lost; empty: none was.
  [[nodiscard]] std::string reason() const;

  void on_connected(std::string_view url) noexcept override;
  void on_disconnected(std::string_view reason) noexcept override;
  void on_reconnected(std::string_view url) noexcept override;
  void on_closed(std::string_view reason) noexcept override;
  void on_error(std::string_view subject,
                std::string_view reason) noexcept override;

private:
  mutable std::mutex mutex_;
  std::uint64_t ends_ = 0;
  bool is_over_ = false;
  std::string reason_;
};

} // namespace sluice::cli
