#pragma once

#include "messaging/file_descriptor.hpp"
#include "messaging/message.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::messaging {

/// A program that runs as a child: in a process group of its own, with no
/// signal blocked, its output in a file; the kernel sends it SIGTERM when the
/// thread that started it ends. Reaped with this object. Belongs to one
/// thread.
class child_process {
public:
  /// @param program a path.
  /// @param output_file gets standard output and standard error, appended.
  [[nodiscard]] static result<child_process>
  start(const std::string& program, const std::vector<std::string>& arguments,
        const std::string& output_file);

  child_process() noexcept = default;
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  /// Kills it if it still runs.
  ~child_process();

  [[nodiscard]] pid_t id() const noexcept {
    return id_;
  }
  /// Becomes readable when the process has ended (pidfd_open(2)).
  [[nodiscard]] int descriptor() const noexcept {
    return descriptor_.get();
  }

  /// Waits for the end of it, at most so long.
  [[nodiscard]] bool wait(std::chrono::milliseconds patience) noexcept;

  /// How it ended, in words, once `wait` has said that it has.
  [[nodiscard]] std::string ending() const;

  /// The same as a number, as a shell has it: 128 + the signal.
  [[nodiscard]] int exit_status() const noexcept;

  /// SIGTERM, and SIGKILL when the patience is at its end.
  void stop(std::chrono::milliseconds patience) noexcept;

private:
  pid_t id_ = -1;
  file_descriptor descriptor_;
  bool has_ended_ = false;
  int status_ = 0;
};

/// The path of a program: itself if it has a slash, else where PATH or one of
/// the folders that only root's PATH names has it.
[[nodiscard]] result<std::string> find_program(const std::string& name);

} // namespace sluice::messaging
