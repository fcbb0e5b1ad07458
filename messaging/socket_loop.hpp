#pragma once

#include "messaging/nats_handle.hpp"
#include "messaging/read_gate.hpp"

#include <memory>

namespace sluice::messaging {

/// Moves the bytes of one connection: a thread that waits for its socket with
/// epoll, in the place of the library's own threads (nats.h,
/// natsOptions_SetEventLoop).
///
/// It exists because of `flush`: the library itself can either write each
/// message to the socket at once, or gather for a millisecond, but cannot be
/// told to write now (docs/adr/0004).
class socket_loop {
public:
  /// @param gate outlives the loop; while it is closed nothing is read.
  [[nodiscard]] static result<std::unique_ptr<socket_loop>>
  start(read_gate& gate);

  /// The connection that uses it must be closed.
  ~socket_loop();
  socket_loop(const socket_loop&) = delete;
  socket_loop& operator=(const socket_loop&) = delete;

  /// Makes connections with these options use this loop; only one may.
  [[nodiscard]] result<void> install(nats_options& options);

  /// Writes what is buffered as far as the socket takes it; the thread writes
  /// the rest when the socket is ready. Any thread; does not block.
  void flush() noexcept;

  struct impl;

private:
  explicit socket_loop(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::messaging
