#include "messaging/inbox.hpp"

#include "messaging/received_message.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::messaging {

namespace {

/// How soon a refusal is seen; a message is seen at once.
constexpr auto look_again = std::chrono::milliseconds{20};

struct library_inbox_deleter {
  void operator()(char* text) const noexcept {
    natsInbox_Destroy(text);
  }
};

/// A name that nobody else has.
result<std::string> make_name() {
  natsInbox* raw = nullptr;
  auto done = check(natsInbox_Create(&raw), "no name for an answer");
  const auto owner = std::unique_ptr<char, library_inbox_deleter>{raw};
  if (!done)
    return std::unexpected{done.error()};
  const auto subject = std::string_view{raw};
  return std::string{subject.substr(subject.rfind('.') + 1)};
}

/// Whether the server's words are about a subject; it quotes subjects.
bool names(const std::string& refusal, const std::string& subject) {
  return refusal.find('"' + subject + '"') != refusal.npos;
}

} // namespace

inbox::inbox(nats_connection& connection, std::string subject,
             nats_handle<nats_subscription> subscription) noexcept
    : connection_{&connection}, subject_{std::move(subject)},
      subscription_{std::move(subscription)} {}

result<std::string> inbox::make_subject(const std::string& prefix) {
  auto name = make_name();
  if (!name)
    return name;
  return (prefix.empty() ? "_INBOX" : prefix) + "." + *name;
}

result<inbox> inbox::open(nats_connection& connection,
                          const std::string& prefix) {
  auto subject = make_subject(prefix);
  if (!subject)
    return std::unexpected{std::move(subject.error())};
  nats_subscription* raw = nullptr;
  if (auto done
      = check(natsConnection_SubscribeSync(&raw, &connection, subject->c_str()),
              "cannot subscribe to an answer");
      !done)
    return std::unexpected{done.error()};
  return inbox{connection, std::move(*subject),
               nats_handle<nats_subscription>{raw}};
}

result<owned_message> inbox::wait(const std::string& asked,
                                  std::chrono::milliseconds timeout) {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + timeout;
  while (true) {
    const auto left
        = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    const auto patience
        = std::clamp(left, std::chrono::milliseconds{0}, look_again);
    nats_message* raw = nullptr;
    const auto status
        = natsSubscription_NextMsg(&raw, subscription_.get(), patience.count());
    const auto message = nats_handle<nats_message>{raw};
    if (status == NATS_OK) {
      const auto received = received_message{*message, false, {}};
      // The server only asks whether somebody listens.
      if (received.header("Sluice-Heartbeat").empty())
        return received.copy();
      continue;
    }
    if (status != NATS_TIMEOUT)
      return std::unexpected{describe(status, "no reply")};
    if (auto refusal = last_refusal(*connection_);
        names(refusal, asked) || names(refusal, subject_))
      return std::unexpected{
          failure{failure::kind::not_permitted, std::move(refusal)}};
    if (left.count() <= 0)
      return std::unexpected{describe(status, "no reply")};
  }
}

std::string last_refusal(nats_connection& connection) {
  const char* words = nullptr;
  if (natsConnection_GetLastError(&connection, &words) != NATS_NOT_PERMITTED
      || words == nullptr)
    return {};
  return words;
}

} // namespace sluice::messaging
