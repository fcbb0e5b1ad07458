#include "bench/closed_loop.hpp"

#include <charconv>

namespace sluice::bench {

namespace {

constexpr auto error_text_max = std::size_t{300};

/// The number at the end of a reply subject.
/// @return `none` where there is none.
std::size_t number_of(std::string_view subject, std::size_t inbox_size,
                      std::size_t none) {
  if (subject.size() <= inbox_size)
    return none;
  auto number = std::size_t{0};
  const auto* const digits = subject.data() + inbox_size;
  const auto* const end = subject.data() + subject.size();
  const auto read = std::from_chars(digits, end, number);
  return read.ec == std::errc{} && read.ptr == end ? number : none;
}

std::string words_of(natsMsg& message, std::string_view body) {
  if (natsMsg_IsNoResponders(&message))
    return "nobody serves the subject";
  if (body.empty())
    return "an empty reply";
  return std::string{body.substr(0, error_text_max)};
}

} // namespace

closed_loop::closed_loop(const load& plan,
                         nats_handle<natsConnection> connection)
    : plan_{plan}, counts_from_{clock::now() + plan.warm_up},
      ends_at_{counts_from_ + plan.duration}, slots_{plan.in_flight},
      next_{.text = plan.text}, connection_{std::move(connection)} {}

closed_loop::~closed_loop() {
  close();
}

result<void> closed_loop::subscribe() {
  auto* raw_inbox = static_cast<natsInbox*>(nullptr);
  auto done = check(natsInbox_Create(&raw_inbox), "inbox");
  const auto inbox_handle = nats_handle<natsInbox>{raw_inbox};
  if (!done)
    return done;
  const auto inbox = std::string{inbox_handle.get()} + ".";
  inbox_size_ = inbox.size();
  for (auto number = std::size_t{0}; number < slots_.size(); ++number)
    slots_[number].reply_subject = inbox + std::to_string(number);

  auto* raw = static_cast<natsSubscription*>(nullptr);
  done = check(natsConnection_Subscribe(&raw, connection_.get(),
                                        (inbox + "*").c_str(), on_reply, this),
               "subscribing to replies");
  subscription_.reset(raw);
  if (!done)
    return done;
  done = check(
      natsSubscription_SetOnCompleteCB(subscription_.get(), on_complete, this),
      "subscribing to replies");
  // Without the callback nobody tells when the client is through: no reply can
  // have come yet, as no request was sent.
  if (!done)
    return done;
  is_subscribed_ = true;
  // No limit is needed, since there is never more than one reply per slot.
  return check(natsSubscription_SetPendingLimits(subscription_.get(), -1, -1),
               "limits of the subscription");
}

result<void> closed_loop::start() {
  if (auto done = subscribe(); !done)
    return done;
  under_way_.store(plan_.in_flight);
  // Replies come while the rest is being sent, and take their bodies from the
  // plan; so this thread has its own.
  auto next = next_;
  next.subject_state += plan_.in_flight;
  for (auto& to : slots_)
    if (auto done = check(send(to, next, clock::now()), "sending a request");
        !done)
      return done;
  return {};
}

natsStatus closed_loop::send(slot& to, next_requests& from,
                             clock::time_point now) {
  to.sent = now;
  const auto& subjects = plan_.subjects;
  const auto chosen
      = subjects.size() == 1
            ? 0u
            : next_number(from.subject_state,
                          static_cast<std::uint32_t>(subjects.size()))
                  - 1;
  const auto body = from.text.next();
  return natsConnection_PublishRequest(
      connection_.get(), subjects[chosen].c_str(), to.reply_subject.c_str(),
      body.data(), static_cast<int>(body.size()));
}

void closed_loop::on_reply(natsConnection* /*connection*/,
                           natsSubscription* /*subscription*/, natsMsg* message,
                           void* closure) {
  static_cast<closed_loop*>(closure)->handle(*message);
  natsMsg_Destroy(message);
}

void closed_loop::on_complete(void* closure) {
  auto& self = *static_cast<closed_loop*>(closure);
  // Notified under the lock: afterwards `self` may be gone.
  const auto lock = std::scoped_lock{self.mutex_};
  self.is_subscribed_ = false;
  self.completed_.notify_all();
}

void closed_loop::handle(natsMsg& message) {
  const auto now = clock::now();
  const auto number
      = number_of(natsMsg_GetSubject(&message), inbox_size_, slots_.size());
  if (number >= slots_.size()) {
    count_error("a reply to no request");
    return;
  }
  auto& from = slots_[number];
  const auto body = std::string_view{
      natsMsg_GetData(&message),
      static_cast<std::size_t>(natsMsg_GetDataLength(&message))};
  // A failure differs from a success at the beginning of its body, which is
  // cheaper to look at than the headers, which the client parses on demand.
  if (body.starts_with(plan_.good_reply))
    count(from.sent, now);
  else
    count_error(words_of(message, body));
  if (now < ends_at_) {
    const auto sent = send(from, next_, now);
    if (sent == NATS_OK)
      return;
    count_error(natsStatus_GetText(sent));
  }
  under_way_.fetch_sub(1);
}

void closed_loop::count(clock::time_point sent, clock::time_point now) {
  ++result_.good;
  if (now >= counts_from_ && now < ends_at_)
    result_.latencies.record(now - sent);
}

void closed_loop::count_error(std::string text) {
  if (result_.errors++ == 0)
    result_.first_error = std::move(text);
}

bool closed_loop::is_drained() const noexcept {
  return under_way_.load() == 0;
}

bool closed_loop::is_disconnected() const noexcept {
  return natsConnection_IsClosed(connection_.get());
}

load_result closed_loop::stop() {
  close();
  const auto unanswered = under_way_.load();
  if (unanswered > 0) {
    if (result_.errors == 0)
      result_.first_error
          = std::to_string(unanswered) + " requests without a reply";
    result_.errors += unanswered;
  }
  return std::move(result_);
}

void closed_loop::close() {
  // Closes the subscription, too, and then the client calls on_complete.
  natsConnection_Close(connection_.get());
  auto lock = std::unique_lock{mutex_};
  completed_.wait(lock, [this] { return !is_subscribed_; });
}

} // namespace sluice::bench
