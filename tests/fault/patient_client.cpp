#include "tests/fault/patient_client.hpp"

#include <nats/nats.h>

#include <stdexcept>

namespace sluice::tests {

namespace {

void must(natsStatus status) {
  if (status != NATS_OK)
    throw std::runtime_error{natsStatus_GetText(status)};
}

bool has_header(natsMsg* message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(message, name, &value) == NATS_OK;
}

using message_owner = std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)>;

constexpr auto look_again_ms = 10;

} // namespace

struct patient_client::impl {
  natsConnection* connection = nullptr;
  natsSubscription* replies = nullptr;
  natsInbox* inbox = nullptr;
  std::uint64_t sent = 0;

  ~impl() {
    natsSubscription_Destroy(replies);
    natsConnection_Destroy(connection);
    natsInbox_Destroy(inbox);
  }
};

patient_client::patient_client(const std::string& url)
    : impl_{std::make_unique<impl>()} {
  auto& self = *impl_;
  must(natsConnection_ConnectTo(&self.connection, url.c_str()));
  must(natsInbox_Create(&self.inbox));
  must(natsConnection_SubscribeSync(&self.replies, self.connection,
                                    (std::string{self.inbox} + ".*").c_str()));
}

patient_client::~patient_client() = default;

patient_client::answer
patient_client::request(const std::string& subject, const std::string& body,
                        const std::string& message_id,
                        const std::function<bool()>& goes_on) {
  auto& self = *impl_;
  // A reply to an earlier request is not one to this.
  const auto reply_to
      = std::string{self.inbox} + "." + std::to_string(++self.sent);
  natsMsg* sent = nullptr;
  must(natsMsg_Create(&sent, subject.c_str(), reply_to.c_str(), body.data(),
                      static_cast<int>(body.size())));
  const auto sent_owner = message_owner{sent, natsMsg_Destroy};
  if (!message_id.empty())
    must(natsMsgHeader_Set(sent, "Nats-Msg-Id", message_id.c_str()));
  must(natsConnection_PublishMsg(self.connection, sent));
  while (goes_on()) {
    natsMsg* raw = nullptr;
    const auto status
        = natsSubscription_NextMsg(&raw, self.replies, look_again_ms);
    if (status == NATS_TIMEOUT)
      continue;
    // What NATS says where nobody serves the subject: never executed.
    if (status == NATS_NO_RESPONDERS)
      return {outcome::refused, {}, false};
    must(status);
    const auto message = message_owner{raw, natsMsg_Destroy};
    if (reply_to != natsMsg_GetSubject(raw))
      continue;
    return {has_header(raw, "Nats-Service-Error-Code") ? outcome::refused
                                                       : outcome::succeeded,
            {natsMsg_GetData(raw),
             static_cast<std::size_t>(natsMsg_GetDataLength(raw))},
            has_header(raw, "Sluice-Replayed")};
  }
  return {};
}

} // namespace sluice::tests
