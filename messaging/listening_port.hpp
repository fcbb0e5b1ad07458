#pragma once

#include "messaging/message.hpp"

#include <chrono>
#include <cstdint>
#include <string>

/// What can be found out about a TCP port of this machine.
namespace sluice::messaging {

/// Finds a port that can be listened on: `port`, or, where `may_move`, the
/// next free one; for port 0 any free one. Somebody else may take it after
/// that.
[[nodiscard]] result<std::uint16_t>
choose_port(const std::string& host, std::uint16_t port, bool may_move);

/// Waits until a NATS server greets (`INFO {…}`) on the port.
[[nodiscard]] bool greets(const std::string& host, std::uint16_t port,
                          std::chrono::milliseconds patience);

/// HOST:PORT, with brackets around an IPv6 address.
[[nodiscard]] std::string host_and_port(const std::string& host,
                                        std::uint16_t port);

} // namespace sluice::messaging
