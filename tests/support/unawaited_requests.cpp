#include "tests/support/unawaited_requests.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace sluice::tests {

namespace {

void must(natsStatus status) {
  if (status != NATS_OK)
    throw std::runtime_error{natsStatus_GetText(status)};
}

std::uint32_t number_in(const char* text) {
  auto result = std::uint32_t{0};
  if (text != nullptr)
    std::from_chars(text, text + std::strlen(text), result);
  return result;
}

std::uint32_t error_in(natsMsg* message) {
  if (natsMsg_IsNoResponders(message))
    return 503;
  const char* code = nullptr;
  natsMsgHeader_Get(message, "Nats-Service-Error-Code", &code);
  return number_in(code);
}

} // namespace

struct unawaited_requests::impl {
  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  natsSubscription* replies = nullptr;
  std::string inbox;
  mutable std::mutex mutex;
  std::vector<answer> answers;

  ~impl() {
    // First: afterwards no callback comes, and the others belong to it.
    natsConnection_Close(connection);
    natsSubscription_Destroy(replies);
    natsConnection_Destroy(connection);
    natsOptions_Destroy(options);
  }

  static void on_reply(natsConnection*, natsSubscription*, natsMsg* message,
                       void* closure) {
    auto& self = *static_cast<impl*>(closure);
    const auto* subject = natsMsg_GetSubject(message);
    const auto number = number_in(std::strrchr(subject, '.') + 1);
    {
      const auto guard = std::lock_guard{self.mutex};
      auto& got = self.answers.at(number);
      ++got.count;
      got.error = error_in(message);
      got.body.assign(natsMsg_GetData(message),
                      static_cast<std::size_t>(natsMsg_GetDataLength(message)));
    }
    natsMsg_Destroy(message);
  }
};

unawaited_requests::unawaited_requests(const std::string& url,
                                       const std::string& inbox_prefix)
    : impl_{std::make_unique<impl>()} {
  auto& self = *impl_;
  natsInbox* name = nullptr;
  must(natsInbox_Create(&name));
  self.inbox = inbox_prefix + "." + (std::strrchr(name, '.') + 1);
  natsInbox_Destroy(name);
  must(natsOptions_Create(&self.options));
  must(natsOptions_SetURL(self.options, url.c_str()));
  must(natsOptions_SetMaxReconnect(self.options, -1));
  must(natsOptions_SetReconnectWait(self.options, 20));
  must(natsConnection_Connect(&self.connection, self.options));
  must(natsConnection_Subscribe(&self.replies, self.connection,
                                (self.inbox + ".*").c_str(), impl::on_reply,
                                &self));
  must(natsSubscription_SetPendingLimits(self.replies, -1, -1));
  must(natsConnection_FlushTimeout(self.connection, 20'000));
}

unawaited_requests::~unawaited_requests() = default;

std::size_t unawaited_requests::send(const std::string& subject,
                                     const std::string& body,
                                     const std::string& id) {
  auto& self = *impl_;
  auto number = std::size_t{0};
  {
    const auto guard = std::lock_guard{self.mutex};
    number = self.answers.size();
    self.answers.emplace_back();
  }
  natsMsg* message = nullptr;
  must(natsMsg_Create(&message, subject.c_str(),
                      (self.inbox + "." + std::to_string(number)).c_str(),
                      body.data(), static_cast<int>(body.size())));
  const auto owner = std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)>{
      message, natsMsg_Destroy};
  if (!id.empty())
    must(natsMsgHeader_Set(message, "Nats-Msg-Id", id.c_str()));
  must(natsConnection_PublishMsg(self.connection, message));
  return number;
}

unawaited_requests::answer unawaited_requests::at(std::size_t number) const {
  const auto guard = std::lock_guard{impl_->mutex};
  return impl_->answers.at(number);
}

std::size_t unawaited_requests::answered() const {
  const auto guard = std::lock_guard{impl_->mutex};
  return static_cast<std::size_t>(std::ranges::count_if(
      impl_->answers, [](const answer& each) { return each.count > 0; }));
}

std::size_t unawaited_requests::count_of(std::uint32_t error) const {
  const auto guard = std::lock_guard{impl_->mutex};
  return static_cast<std::size_t>(
      std::ranges::count_if(impl_->answers, [error](const answer& each) {
        return each.count > 0 && each.error == error;
      }));
}

std::size_t unawaited_requests::duplicates() const {
  const auto guard = std::lock_guard{impl_->mutex};
  return static_cast<std::size_t>(std::ranges::count_if(
      impl_->answers, [](const answer& each) { return each.count > 1; }));
}

} // namespace sluice::tests
