#include "tests/integration/server/gathered_replies.hpp"

#include "tests/integration/server/nats_handles.hpp"
#include "tests/support/expect.hpp"

#include <stdexcept>

namespace sluice::tests {

namespace {

void must_be_ok(natsStatus status) {
  if (status != NATS_OK)
    throw std::runtime_error{natsStatus_GetText(status)};
}

} // namespace

// The product's own connection takes one answer to a request.
std::vector<reply> gather_replies(const std::string& url,
                                  const std::string& subject,
                                  const std::string& body, std::size_t count,
                                  std::chrono::milliseconds more) {
  natsConnection* connection = nullptr;
  must_be_ok(natsConnection_ConnectTo(&connection, url.c_str()));
  const auto connection_owner = handle<natsConnection>{connection};
  natsSubscription* inbox = nullptr;
  must_be_ok(
      natsConnection_SubscribeSync(&inbox, connection, "_INBOX.gathered"));
  const auto inbox_owner = handle<natsSubscription>{inbox};
  must_be_ok(natsConnection_PublishRequestString(
      connection, subject.c_str(), "_INBOX.gathered", body.c_str()));
  auto results = std::vector<reply>{};
  while (true) {
    natsMsg* message = nullptr;
    const auto wait
        = results.size() < count ? std::chrono::milliseconds{patience} : more;
    const auto status = natsSubscription_NextMsg(&message, inbox, wait.count());
    const auto message_owner = handle<natsMsg>{message};
    if (status == NATS_TIMEOUT)
      return results;
    must_be_ok(status);
    results.push_back(
        {{natsMsg_GetSubject(message),
          {natsMsg_GetData(message),
           static_cast<std::size_t>(natsMsg_GetDataLength(message))},
          {}}});
  }
}

} // namespace sluice::tests
