#pragma once

#include "messaging/message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::messaging {

/// What the embedded nats-server is started with.
struct embedded_server_options {
  /// Program name or path.
  std::string program = "nats-server";
  std::string host = "127.0.0.1";
  /// 0: any free port.
  std::uint16_t port = 4222;
  /// Whether the next free port will do when `port` is taken.
  bool next_port_if_taken = false;
  /// Folder for JetStream's store, configuration and log; created.
  std::string directory;
  /// Subjects, and what they are delivered as instead, in nats-server's syntax.
  std::vector<std::pair<std::string, std::string>> mappings = {};
};

/// The packaged nats-server as a supervised child process, with JetStream.
///
/// Lives as long as this object: it is told to stop in the destructor, and it
/// is stopped by the kernel if this process dies (PR_SET_PDEATHSIG). It runs
/// in a process group of its own, so that Ctrl-C reaches only Sluice, which
/// drains first. If it dies it is started again on the same port, with a delay
/// that grows from 100 ms to 5 s. It begins a new log file at 16 MB; the
/// latest four old ones are kept.
class embedded_server {
public:
  /// What happened to it after its start.
  enum class event : std::uint8_t {
    died,
    restarted,
    not_started, ///< It will be tried again.
  };
  /// Gets one line for the log, on a thread of the server; must not throw.
  using observer = std::function<void(event, const std::string&)>;

  /// Starts it and returns once it accepts clients.
  [[nodiscard]] static result<std::unique_ptr<embedded_server>>
  start(const embedded_server_options& options, observer on_event);

  ~embedded_server();
  embedded_server(const embedded_server&) = delete;
  embedded_server& operator=(const embedded_server&) = delete;

  /// nats://HOST:PORT
  [[nodiscard]] const std::string& url() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Process id of the child at this moment, for tests and the log.
  [[nodiscard]] int process_id() const noexcept;
  [[nodiscard]] std::uint32_t restarts() const noexcept;

  struct impl;

private:
  explicit embedded_server(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::messaging
