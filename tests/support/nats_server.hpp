#pragma once

#include "messaging/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <string>

namespace sluice::tests {

/// A nats-server with JetStream on a free port, for the time of a test. It
/// keeps its port and its store when it is started again.
class nats_server {
public:
  /// @param configuration more lines for its configuration file.
  explicit nats_server(std::string configuration = {});

  /// nats://127.0.0.1:PORT, or tls:// with the host name of the certificate.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string host_and_port() const;

  /// Starts it, and returns once it greets.
  void start();
  /// What its configuration file has from the next start, or `reload`, on.
  void configure(std::string configuration);
  /// Makes it read its configuration again, and waits until it has.
  void reload() const;
  /// Ends it in order, or at once.
  void stop();
  void kill();
  /// Keeps it from running, so that nothing is read or answered.
  void pause() const;
  void resume() const;

  /// What it said.
  [[nodiscard]] std::string log() const;

private:
  void write_configuration() const;

  temporary_directory directory_;
  std::string configuration_;
  std::uint16_t port_ = 0;
  messaging::child_process process_;
};

} // namespace sluice::tests
