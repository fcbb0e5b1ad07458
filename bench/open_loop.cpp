#include "bench/open_loop.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto failure_text_max = std::size_t{300};
constexpr auto digits_max = std::size_t{20};
/// Slots that are later than this stay empty.
constexpr auto late_max = 20ms;
/// Shorter naps would cost more than the requests that they space.
constexpr auto nap_min = 200us;
/// Between two looks at the clock.
constexpr auto sends_per_look = std::uint64_t{64};

constexpr auto refusal = std::string_view{R"("code":"overloaded")"};
constexpr auto lateness = std::string_view{R"("code":"timeout")"};

std::string_view body_of(natsMsg& message) {
  return {natsMsg_GetData(&message),
          static_cast<std::size_t>(natsMsg_GetDataLength(&message))};
}

std::string words_of(natsMsg& message) {
  if (natsMsg_IsNoResponders(&message))
    return "nobody serves the subject";
  return std::string{body_of(message).substr(0, failure_text_max)};
}

} // namespace

open_loop::open_loop(offer plan, nats_handle<natsConnection> sending,
                     nats_handle<natsConnection> receiving)
    : plan_{std::move(plan)}, slot_ns_{1e9 / plan_.rate},
      slots_{static_cast<std::uint64_t>(
          static_cast<double>((plan_.warm_up + plan_.duration).count())
          / slot_ns_)},
      is_answered_(slots_), sending_{std::move(sending)},
      receiving_{std::move(receiving)} {}

open_loop::~open_loop() {
  close();
}

result<void> open_loop::subscribe() {
  auto* raw_inbox = static_cast<natsInbox*>(nullptr);
  auto done = check(natsInbox_Create(&raw_inbox), "inbox");
  const auto inbox = nats_handle<natsInbox>{raw_inbox};
  if (!done)
    return done;
  reply_subject_ = std::string{inbox.get()} + ".";
  inbox_size_ = reply_subject_.size();
  auto* raw = static_cast<natsSubscription*>(nullptr);
  done = check(natsConnection_Subscribe(&raw, receiving_.get(),
                                        (reply_subject_ + "*").c_str(),
                                        on_reply, this),
               "subscribing to replies");
  subscription_.reset(raw);
  if (!done)
    return done;
  reply_subject_.resize(inbox_size_ + digits_max + 1);
  done = check(
      natsSubscription_SetOnCompleteCB(subscription_.get(), on_complete, this),
      "subscribing to replies");
  // Without the callback nobody tells when the client is through: no reply can
  // have come yet, as no request was sent.
  if (!done)
    return done;
  is_subscribed_ = true;
  // There is at most one reply per request, and all of them must be counted.
  done = check(natsSubscription_SetPendingLimits(subscription_.get(), -1, -1),
               "limits of the subscription");
  // A request over the other connection must not overtake the subscription.
  return done ? check(natsConnection_Flush(receiving_.get()), "flush") : done;
}

result<void> open_loop::start() {
  if (auto done = subscribe(); !done)
    return done;
  begin_ = clock::now();
  counts_from_ = begin_ + plan_.warm_up;
  end_ = counts_from_ + plan_.duration;
  sender_ = std::thread{[this] {
    send_all();
    is_sent_.store(true);
  }};
  return {};
}

open_loop::clock::time_point
open_loop::time_of(std::uint64_t slot) const noexcept {
  return begin_
         + std::chrono::nanoseconds{
             static_cast<std::int64_t>(static_cast<double>(slot) * slot_ns_)};
}

std::uint64_t open_loop::slots_until(clock::time_point now) const noexcept {
  const auto passed = static_cast<double>((now - begin_).count());
  return std::min(slots_, static_cast<std::uint64_t>(passed / slot_ns_) + 1);
}

void open_loop::send_all() noexcept {
  const auto late_slots_max = static_cast<std::uint64_t>(
      static_cast<double>(std::chrono::nanoseconds{late_max}.count())
      / slot_ns_);
  auto next = std::uint64_t{0};
  while (next < slots_ && !is_stopping_.load()) {
    const auto now = clock::now();
    const auto due = slots_until(now);
    if (next >= due) {
      std::this_thread::sleep_until(std::max(time_of(next), now + nap_min));
      continue;
    }
    // Not if only one is late: that is the machine's doing, not the rate's.
    if (due - next > late_slots_max + 1)
      next = due - late_slots_max - 1;
    const auto until = std::min(due, next + sends_per_look);
    if (now >= counts_from_)
      sent_counted_ += until - next;
    for (; next < until; ++next)
      if (const auto status = send(next); status != NATS_OK) {
        send_failure_ = natsStatus_GetText(status);
        return;
      }
  }
}

natsStatus open_loop::send(std::uint64_t slot) noexcept {
  auto* const digits = reply_subject_.data() + inbox_size_;
  *std::to_chars(digits, digits + digits_max, slot).ptr = '\0';
  const auto body = plan_.text.next();
  sent_.fetch_add(1, std::memory_order_relaxed);
  return natsConnection_PublishRequest(sending_.get(), plan_.subject.c_str(),
                                       reply_subject_.c_str(), body.data(),
                                       static_cast<int>(body.size()));
}

void open_loop::on_reply(natsConnection* /*connection*/,
                         natsSubscription* /*subscription*/, natsMsg* message,
                         void* closure) {
  static_cast<open_loop*>(closure)->handle(*message);
  natsMsg_Destroy(message);
}

void open_loop::on_complete(void* closure) {
  auto& self = *static_cast<open_loop*>(closure);
  // Notified under the lock: afterwards `self` may be gone.
  const auto lock = std::scoped_lock{self.mutex_};
  self.is_subscribed_ = false;
  self.completed_.notify_all();
}

void open_loop::handle(natsMsg& message) {
  const auto now = clock::now();
  const auto subject = std::string_view{natsMsg_GetSubject(&message)};
  auto slot = std::uint64_t{0};
  const auto read = std::from_chars(subject.data() + inbox_size_,
                                    subject.data() + subject.size(), slot);
  if (read.ec != std::errc{} || slot >= slots_ || is_answered_[slot]) {
    ++result_.surplus;
    return;
  }
  is_answered_[slot] = true;
  judge(message, now - time_of(slot), now >= counts_from_ && now < end_);
  answered_.fetch_add(1, std::memory_order_relaxed);
}

void open_loop::judge(natsMsg& message, std::chrono::nanoseconds latency,
                      bool counts) {
  const auto body = body_of(message);
  if (body.starts_with(plan_.good_reply)) {
    ++result_.served;
    result_.served_latencies.record(latency);
    if (counts)
      ++served_counted_;
  } else if (body.contains(refusal)) {
    ++result_.refused;
    result_.refused_latencies.record(latency);
  } else if (body.contains(lateness)) {
    ++result_.timed_out;
  } else if (result_.failed++ == 0) {
    result_.first_failure = words_of(message);
  }
}

bool open_loop::is_sent() const noexcept {
  return is_sent_.load();
}

bool open_loop::is_drained() const noexcept {
  return is_sent() && answered_.load() == sent_.load();
}

bool open_loop::is_disconnected() const noexcept {
  return natsConnection_IsClosed(sending_.get())
         || natsConnection_IsClosed(receiving_.get());
}

offer_result open_loop::stop() {
  close();
  const auto seconds = std::chrono::duration<double>{plan_.duration}.count();
  result_.sent = sent_.load();
  result_.lost = result_.sent - answered_.load();
  result_.sent_per_second = static_cast<double>(sent_counted_) / seconds;
  result_.served_per_second = static_cast<double>(served_counted_) / seconds;
  if (result_.first_failure.empty())
    result_.first_failure = send_failure_;
  return std::move(result_);
}

void open_loop::close() {
  is_stopping_.store(true);
  if (sender_.joinable())
    sender_.join();
  natsConnection_Close(sending_.get());
  // Closes the subscription, too, and then the client calls on_complete.
  natsConnection_Close(receiving_.get());
  auto lock = std::unique_lock{mutex_};
  completed_.wait(lock, [this] { return !is_subscribed_; });
}

} // namespace sluice::bench
