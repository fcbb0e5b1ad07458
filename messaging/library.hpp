#pragma once

namespace sluice::messaging {

/// Starts the NATS library, once for the process; called by whoever makes a
/// connection.
///
/// The library frees messages on a thread of its own, which each freed message
/// wakes. At the usual priority that thread interrupts those that work, for
/// each message once; at a low one it frees many at a time when a core has
/// time for it (docs/adr/0004).
void start_library() noexcept;

} // namespace sluice::messaging
