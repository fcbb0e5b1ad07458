#pragma once

#include "bench/outcome.hpp"

#include <nats/nats.h>

#include <chrono>
#include <memory>
#include <string>

namespace sluice::bench {

struct nats_deleter {
  void operator()(natsConnection* handle) const noexcept {
    natsConnection_Destroy(handle);
  }
  void operator()(natsInbox* handle) const noexcept {
    natsInbox_Destroy(handle);
  }
  void operator()(natsMsg* handle) const noexcept {
    natsMsg_Destroy(handle);
  }
  void operator()(natsOptions* handle) const noexcept {
    natsOptions_Destroy(handle);
  }
  void operator()(natsSubscription* handle) const noexcept {
    natsSubscription_Destroy(handle);
  }
};

template <class T>
using nats_handle = std::unique_ptr<T, nats_deleter>;

/// The failure for a status, or nothing for NATS_OK.
[[nodiscard]] result<void> check(natsStatus status, const std::string& doing);

/// Connects without ever connecting again: a figure measured over two
/// connections would be none.
/// @param send_asap write each message to the socket at once, instead of
///   gathering for up to a millisecond.
[[nodiscard]] result<nats_handle<natsConnection>>
connect(const std::string& url, bool send_asap);

/// Sends a request and waits for the body of its reply.
[[nodiscard]] result<std::string> request(natsConnection& connection,
                                          const std::string& subject,
                                          const std::string& body,
                                          std::chrono::milliseconds patience);

} // namespace sluice::bench
