#include "messaging/subscription.hpp"

#include "messaging/received_message.hpp"
#include "messaging/thread_priority.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <tuple>
#include <utility>

namespace sluice::messaging {

namespace {

constexpr auto drain_patience = std::chrono::seconds{5};
constexpr auto look_again = std::chrono::milliseconds{1};

int as_int(std::uint64_t x) noexcept {
  return static_cast<int>(
      std::min<std::uint64_t>(x, std::numeric_limits<int>::max()));
}

/// Without a gate the library drops what is too much.
result<void> bound_waiting(nats_subscription& of,
                           const config::nats_settings& settings,
                           read_gate* gate) {
  const auto messages_max
      = gate == nullptr ? as_int(settings.pending_messages_max) : -1;
  const auto bytes_max
      = gate == nullptr ? as_int(settings.pending_bytes_max) : -1;
  return check(natsSubscription_SetPendingLimits(&of, messages_max, bytes_max),
               "cannot bound what waits");
}

} // namespace

// -- on one session -----------------------------------------------------------

struct session_subscription::callbacks {
  /// On the library's delivery thread.
  static void on_message(natsConnection*, natsSubscription*, natsMsg* raw,
                         void* closure) noexcept {
    auto& self = *static_cast<session_subscription*>(closure);
    thread_local const auto is_giving_way = self.give_way();
    static_cast<void>(is_giving_way);
    auto owner = nats_handle<nats_message>{raw};
    auto* gate = self.session_->gate();
    const auto message
        = received_message{*owner, gate != nullptr && gate->has_backlog(),
                           gate != nullptr ? self.arrivals_.take()
                                           : std::chrono::steady_clock::now()};
    self.handler_.on_message(message);
    if (gate != nullptr && self.handler_.has_refused())
      gate->gather();
    self.spent_.add(std::move(owner), message.payload().size());
  }

  static void on_complete(void* closure) noexcept {
    auto& self = *static_cast<session_subscription*>(closure);
    const auto guard = std::lock_guard{self.mutex_};
    self.is_completed_ = true;
    // Under the lock: after it this object may be gone.
    self.completed_.notify_all();
  }
};

session_subscription::session_subscription(std::shared_ptr<session> on,
                                           message_handler& handler) noexcept
    : session_{std::move(on)}, handler_{handler} {
  // nop
}

result<std::unique_ptr<session_subscription>> session_subscription::make(
    const std::shared_ptr<session>& on, const config::nats_settings& settings,
    const std::string& subject, const std::string& queue_group,
    message_handler& handler) {
  // The library delivers to the object, so that is made first.
  auto made = std::unique_ptr<session_subscription>{
      new session_subscription{on, handler}};
  auto& connection = on->handle();
  nats_subscription* raw = nullptr;
  const auto status
      = queue_group.empty()
            ? natsConnection_Subscribe(&raw, &connection, subject.c_str(),
                                       callbacks::on_message, made.get())
            : natsConnection_QueueSubscribe(&raw, &connection, subject.c_str(),
                                            queue_group.c_str(),
                                            callbacks::on_message, made.get());
  if (auto done = check(status, "cannot subscribe"); !done)
    return std::unexpected{done.error()};
  // Without it nothing would tell the end of the last callback.
  if (auto done = check(natsSubscription_SetOnCompleteCB(
                            raw, callbacks::on_complete, made.get()),
                        "cannot watch a subscription");
      !done) {
    // The session has just ended. A callback may be running, and nothing tells
    // its end: so what it uses has to stay.
    natsSubscription_Destroy(raw);
    std::ignore = made.release();
    return std::unexpected{done.error()};
  }
  made->handle_.reset(raw);
  if (auto done = bound_waiting(*raw, settings, on->gate()); !done)
    return std::unexpected{done.error()};
  if (auto* gate = on->gate(); gate != nullptr)
    gate->watch(*raw, made->arrivals_);
  return made;
}

session_subscription::~session_subscription() {
  if (!handle_)
    return;
  if (auto* gate = session_->gate(); gate != nullptr)
    gate->forget(*handle_);
  // Closes it if it is not drained; a callback may still run, and uses this.
  handle_.reset();
  auto guard = std::unique_lock{mutex_};
  completed_.wait(guard, [this] { return is_completed_; });
}

bool session_subscription::give_way() const noexcept {
  messaging::give_way(session_->threads() == delivery::spare
                          ? giving_way::to_intake
                          : giving_way::to_serving);
  return true;
}

bool session_subscription::drain_alone(
    std::chrono::milliseconds timeout) noexcept {
  // The library would wait for a server that is not there to confirm the end.
  const auto until = std::chrono::steady_clock::now() + timeout;
  auto pending = 0;
  while (natsSubscription_GetPending(handle_.get(), &pending, nullptr)
             == NATS_OK
         && pending > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(look_again);
  natsSubscription_Unsubscribe(handle_.get());
  auto guard = std::unique_lock{mutex_};
  return completed_.wait_until(guard, until, [this] { return is_completed_; });
}

bool session_subscription::drain(std::chrono::milliseconds timeout) noexcept {
  // After the timeout the library closes the subscription by force.
  if (!session_->is_connected()
      || natsSubscription_DrainTimeout(handle_.get(), timeout.count())
             != NATS_OK)
    return drain_alone(timeout);
  // Not natsSubscription_WaitForDrainCompletion: it waits where the thread that
  // delivers does, if the subscription has one of its own, and takes the only
  // signal that a message has come. That thread would sleep on.
  auto guard = std::unique_lock{mutex_};
  if (!completed_.wait_for(guard, timeout, [this] { return is_completed_; }))
    return false;
  return natsSubscription_DrainCompletionStatus(handle_.get()) == NATS_OK;
}

std::uint64_t session_subscription::dropped() const noexcept {
  auto count = std::int64_t{0};
  if (natsSubscription_GetDropped(handle_.get(), &count) != NATS_OK)
    return 0;
  return static_cast<std::uint64_t>(count);
}

// -- on all of them -----------------------------------------------------------

subscription::impl::impl(subscription_list& list_in,
                         const config::nats_settings& settings_in,
                         std::string subject_in, std::string queue_group_in,
                         message_handler& handler_in)
    : list{list_in}, settings{settings_in}, subject{std::move(subject_in)},
      queue_group{std::move(queue_group_in)}, handler{handler_in} {
  // nop
}

subscription::impl::~impl() {
  list.remove(*this);
}

result<void> subscription::impl::attach(const std::shared_ptr<session>& to) {
  if (present)
    dropped_before += present->dropped();
  // Its last callback first: the handler is called by one thread only.
  present.reset();
  auto made
      = session_subscription::make(to, settings, subject, queue_group, handler);
  if (!made)
    return std::unexpected{std::move(made.error())};
  present = std::move(*made);
  return {};
}

subscription::subscription(std::unique_ptr<impl> state)
    : impl_{std::move(state)} {}

subscription::~subscription() {
  drain(drain_patience);
}

bool subscription::drain(std::chrono::milliseconds timeout) noexcept {
  if (std::exchange(impl_->is_drained, true))
    return true;
  // No other session is to have it, and nobody else touches it now.
  impl_->list.remove(*impl_);
  return !impl_->present || impl_->present->drain(timeout);
}

std::uint64_t subscription::dropped() const noexcept {
  return impl_->list.dropped(*impl_);
}

} // namespace sluice::messaging
