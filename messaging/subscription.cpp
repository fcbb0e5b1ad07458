#include "messaging/subscription.hpp"

#include "messaging/received_message.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

namespace sluice::messaging {

namespace {

constexpr auto drain_patience = std::chrono::seconds{5};
constexpr auto look_again = std::chrono::milliseconds{1};

int as_int(std::uint64_t x) noexcept {
  return static_cast<int>(
      std::min<std::uint64_t>(x, std::numeric_limits<int>::max()));
}

/// On the library's delivery thread.
void deliver(natsConnection*, natsSubscription*, natsMsg* raw,
             void* closure) noexcept {
  auto& self = *static_cast<subscription::impl*>(closure);
  auto owner = nats_handle<nats_message>{raw};
  const auto message = received_message{*owner};
  self.handler.on_message(message);
  self.spent.add(std::move(owner), message.payload().size());
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

result<std::unique_ptr<subscription>> subscription::impl::make(const plan& of) {
  // The library delivers to the state, so that is made first.
  auto state = std::make_unique<impl>(of);
  nats_subscription* raw = nullptr;
  const auto status
      = of.queue_group.empty()
            ? natsConnection_Subscribe(&raw, &of.connection, of.subject.c_str(),
                                       deliver, state.get())
            : natsConnection_QueueSubscribe(
                  &raw, &of.connection, of.subject.c_str(),
                  of.queue_group.c_str(), deliver, state.get());
  if (auto done = check(status, "cannot subscribe"); !done)
    return std::unexpected{done.error()};
  // Without it nothing would tell the end of the last callback.
  if (auto done
      = check(natsSubscription_SetOnCompleteCB(raw, on_complete, state.get()),
              "cannot watch a subscription");
      !done) {
    natsSubscription_Destroy(raw);
    return std::unexpected{done.error()};
  }
  state->handle.reset(raw);
  auto made = std::make_unique<subscription>(std::move(state));
  if (auto done = bound_waiting(*raw, of.settings, of.gate); !done)
    return std::unexpected{done.error()};
  if (of.gate != nullptr)
    of.gate->watch(*raw);
  return made;
}

void subscription::impl::on_complete(void* closure) noexcept {
  auto& self = *static_cast<impl*>(closure);
  const auto guard = std::lock_guard{self.mutex};
  self.is_completed = true;
  // Under the lock: after it this object may be gone.
  self.completed.notify_all();
}

subscription::impl::~impl() {
  if (!handle)
    return;
  if (gate != nullptr)
    gate->forget(*handle);
  // Closes it if it is not drained; a callback may still run, and uses this.
  handle.reset();
  auto guard = std::unique_lock{mutex};
  completed.wait(guard, [this] { return is_completed; });
}

subscription::subscription(std::unique_ptr<impl> state)
    : impl_{std::move(state)} {}

subscription::~subscription() {
  drain(drain_patience);
}

bool subscription::impl::drain_alone(
    std::chrono::milliseconds timeout) noexcept {
  // The library would wait for a server that is not there to confirm the end.
  const auto until = std::chrono::steady_clock::now() + timeout;
  auto pending = 0;
  while (natsSubscription_GetPending(handle.get(), &pending, nullptr) == NATS_OK
         && pending > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(look_again);
  natsSubscription_Unsubscribe(handle.get());
  auto guard = std::unique_lock{mutex};
  return completed.wait_until(guard, until, [this] { return is_completed; });
}

bool subscription::drain(std::chrono::milliseconds timeout) noexcept {
  if (std::exchange(impl_->is_drained, true))
    return true;
  if (natsConnection_Status(&impl_->connection) != NATS_CONN_STATUS_CONNECTED)
    return impl_->drain_alone(timeout);
  auto* handle = impl_->handle.get();
  // After the timeout the library closes the subscription by force.
  if (natsSubscription_DrainTimeout(handle, timeout.count()) != NATS_OK)
    return false;
  return natsSubscription_WaitForDrainCompletion(handle, timeout.count())
         == NATS_OK;
}

std::uint64_t subscription::dropped() const noexcept {
  auto count = std::int64_t{0};
  if (natsSubscription_GetDropped(impl_->handle.get(), &count) != NATS_OK)
    return 0;
  return static_cast<std::uint64_t>(count);
}

} // namespace sluice::messaging
