#include "messaging/nats_handle.hpp"

#include <nats/nats.h>

namespace sluice::messaging {

void nats_deleter::operator()(nats_connection* handle) const noexcept {
  natsConnection_Destroy(handle);
}

void nats_deleter::operator()(nats_message* handle) const noexcept {
  natsMsg_Destroy(handle);
}

void nats_deleter::operator()(nats_options* handle) const noexcept {
  natsOptions_Destroy(handle);
}

void nats_deleter::operator()(nats_subscription* handle) const noexcept {
  natsSubscription_Destroy(handle);
}

namespace {

failure::kind kind_of(natsStatus status) noexcept {
  switch (status) {
  case NATS_TIMEOUT:
    return failure::kind::timeout;
  case NATS_NO_RESPONDERS:
    return failure::kind::no_responders;
  case NATS_MAX_PAYLOAD:
    return failure::kind::too_large;
  case NATS_CONNECTION_CLOSED:
  case NATS_CONNECTION_DISCONNECTED:
  case NATS_INSUFFICIENT_BUFFER:
  case NATS_NO_SERVER:
    return failure::kind::disconnected;
  case NATS_SSL_ERROR:
  case NATS_INVALID_ARG:
  case NATS_INVALID_SUBJECT:
    return failure::kind::configuration;
  default:
    return failure::kind::other;
  }
}

} // namespace

failure describe(int status, const std::string& doing) {
  const auto code = static_cast<natsStatus>(status);
  auto recorded = natsStatus{NATS_OK};
  const auto* detail = nats_GetLastError(&recorded);
  auto words = doing + ": " + natsStatus_GetText(code);
  // What the library remembers may be of an earlier call.
  if (recorded == code && detail != nullptr && *detail != '\0')
    words.append(" (").append(detail).append(")");
  return {kind_of(code), std::move(words)};
}

result<void> check(int status, const char* doing) {
  if (status == NATS_OK)
    return {};
  return std::unexpected{describe(status, doing)};
}

} // namespace sluice::messaging
