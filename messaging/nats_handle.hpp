#pragma once

#include "messaging/message.hpp"

#include <memory>
#include <string>

// The library's types, declared here so that nats.h stays in .cpp files.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
struct __natsConnection;
struct __natsMsg;
struct __natsOptions;
struct __natsSubscription;
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

/// Owners of what the NATS C client allocates. Only for messaging's own
/// sources.
namespace sluice::messaging {

using nats_connection = __natsConnection;
using nats_message = __natsMsg;
using nats_options = __natsOptions;
using nats_subscription = __natsSubscription;

struct nats_deleter {
  void operator()(nats_connection* handle) const noexcept;
  void operator()(nats_message* handle) const noexcept;
  void operator()(nats_options* handle) const noexcept;
  void operator()(nats_subscription* handle) const noexcept;
};

template <class T>
using nats_handle = std::unique_ptr<T, nats_deleter>;

/// Words a status of the library, with what it says about its last error on
/// this thread.
/// @param status a natsStatus other than NATS_OK.
[[nodiscard]] failure describe(int status, const std::string& doing);

/// The failure for a status, or nothing for NATS_OK.
[[nodiscard]] result<void> check(int status, const char* doing);

} // namespace sluice::messaging
