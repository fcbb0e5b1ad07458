#pragma once

#include "messaging/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::tests {

/// `sluice serve` as a process, with a data folder that is gone with this
/// object, and that a second start finds as it was left.
class sluice_process {
public:
  /// Starts it and waits for the line `ready`.
  /// @param options of `sluice serve`; without --nats-url it runs a
  ///   nats-server of its own on a free port.
  explicit sluice_process(std::vector<std::string> options = {});

  /// A process that is not waited for, or not started yet.
  enum class start_mode : std::uint8_t { wait, launch, later };
  /// @param launcher a program, with its arguments, that executes the server
  ///   in its own place.
  sluice_process(std::vector<std::string> options, start_mode mode,
                 std::vector<std::string> launcher = {});

  void launch();
  void wait_until_ready();
  void start();

  /// Ends it with SIGTERM, or another signal.
  /// @return its exit status; 128 + the signal that ended it.
  int stop();
  int stop(int signal);
  void kill();
  /// Waits for its own end.
  int wait();
  [[nodiscard]] bool is_running();

  /// Of the NATS server, from the line `ready`.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string data() const;
  [[nodiscard]] pid_t id() const noexcept {
    return process_.id();
  }
  /// Standard output and standard error of the last start.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string log() const;
  /// Waits until the log has this text.
  void await_log(const std::string& text) const;

private:
  temporary_directory directory_;
  std::vector<std::string> options_;
  std::vector<std::string> launcher_;
  messaging::child_process process_;
};

} // namespace sluice::tests
