#pragma once

#include "bench/file_descriptor.hpp"
#include "bench/outcome.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::bench {

/// A program that runs as long as this object: it is told to end in the
/// destructor, killed if it does not, and killed by the kernel if this process
/// dies without a destructor (PR_SET_PDEATHSIG).
class child_process {
public:
  /// Starts a program, without the variables SLUICE_* of the environment, so
  /// that figures depend on the command line alone.
  ///
  /// Call it on the main thread, whose end is what the kernel watches.
  /// @param arguments the first is the path of the program.
  /// @param error_log file for its standard error; empty: that of this process.
  [[nodiscard]] static result<child_process>
  start(std::vector<std::string> arguments, const std::string& error_log);

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  ~child_process();

  /// The next line of its standard output, without the line end.
  [[nodiscard]] result<std::string>
  read_line(std::chrono::steady_clock::time_point deadline);

  /// Its number, for /proc.
  [[nodiscard]] int number() const noexcept {
    return process_;
  }

private:
  child_process(int process, file_descriptor output);

  [[nodiscard]] bool has_ended();

  /// -1: none, or its end has been seen.
  int process_ = -1;
  file_descriptor output_;
  std::string read_;
};

} // namespace sluice::bench
