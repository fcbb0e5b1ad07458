#include "messaging/connection.hpp"

#include "messaging/connection_options.hpp"
#include "messaging/connection_state.hpp"
#include "messaging/inbox.hpp"
#include "messaging/subscription.hpp"

#include <utility>

namespace sluice::messaging {

namespace {

std::unexpected<failure> no_session(const std::string& why = {}) {
  return std::unexpected{failure{failure::kind::disconnected,
                                 "there is no connection to a NATS server"
                                     + (why.empty() ? "" : ": " + why)}};
}

std::unexpected<failure> too_large(std::size_t bytes) {
  return std::unexpected{
      failure{failure::kind::too_large, "a request of " + std::to_string(bytes)
                                            + " bytes is larger than the NATS "
                                              "server takes (max_payload)"}};
}

} // namespace

connection::connection(std::unique_ptr<impl> state) : impl_{std::move(state)} {}

connection::~connection() = default;

result<std::unique_ptr<connection>>
connection::connect(const config::nats_settings& settings,
                    const std::string& url, const std::string& client_name,
                    connection_observer* observer, bool wait_for_server,
                    delivery threads) {
  auto state
      = std::make_unique<impl>(settings, url.empty() ? settings.url : url,
                               client_name, observer, threads);
  auto first = session::open(settings, state->configured_url, client_name,
                             threads, *state);
  if (!first
      && (!wait_for_server
          || first.error().what != session::refusal::kind::absent))
    return std::unexpected{std::move(first.error().why)};
  state->start(first ? std::move(*first) : nullptr);
  return std::unique_ptr<connection>{new connection{std::move(state)}};
}

result<std::unique_ptr<subscription>>
connection::subscribe(const std::string& subject,
                      const std::string& queue_group,
                      message_handler& handler) {
  auto state = std::make_unique<subscription::impl>(
      impl_->subscriptions, impl_->settings, subject, queue_group, handler);
  if (auto done = impl_->subscriptions.add(*state); !done)
    return std::unexpected{std::move(done.error())};
  return std::make_unique<subscription>(std::move(state));
}

result<void> connection::publish(const char* subject, std::string_view payload,
                                 std::span<const header> headers,
                                 const char* reply_to) {
  return impl_->publish({subject, reply_to, payload, headers});
}

void connection::report_undelivered_to(undelivered_handler* handler) noexcept {
  const auto guard = std::lock_guard{impl_->undelivered_mutex};
  impl_->undelivered = handler;
}

result<std::string> connection::make_inbox() const {
  return inbox::make_subject(impl_->settings.inbox_prefix);
}

void connection::flush() noexcept {
  const auto guard = std::shared_lock{impl_->sessions};
  if (impl_->current)
    impl_->current->flush();
}

result<owned_message> connection::request(const std::string& subject,
                                          std::string_view payload,
                                          std::span<const header> headers,
                                          std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  const auto on = impl_->await_session(until);
  if (!on)
    return no_session(impl_->end_reason());
  if (payload.size() > on->max_payload())
    return too_large(payload.size());
  auto answers = inbox::open(on->handle(), impl_->settings.inbox_prefix);
  if (!answers)
    return std::unexpected{answers.error()};
  if (auto sent = on->publish(
          {subject.c_str(), answers->subject().c_str(), payload, headers});
      !sent)
    return std::unexpected{sent.error()};
  on->flush();
  auto answer
      = answers->wait(subject, std::chrono::ceil<std::chrono::milliseconds>(
                                   until - std::chrono::steady_clock::now()));
  if (!answer && answer.error().what == failure::kind::disconnected)
    answer.error().message = "the connection to NATS ended before the reply "
                             "came ("
                             + on->end_reason()
                             + "); whether it was executed is not known";
  return answer;
}

result<void> connection::sync(std::chrono::milliseconds timeout) {
  const auto on = impl_->present();
  return on ? on->sync(timeout) : no_session();
}

std::size_t connection::unsent_bytes() const noexcept {
  const auto guard = std::shared_lock{impl_->sessions};
  return impl_->waiting.bytes()
         + (impl_->current ? impl_->current->unsent_bytes() : 0);
}

bool connection::is_congested() noexcept {
  const auto guard = std::shared_lock{impl_->sessions};
  return impl_->current && impl_->current->is_congested();
}

std::string connection::last_refusal() const {
  const auto on = impl_->present();
  return on ? messaging::last_refusal(on->handle()) : std::string{};
}

std::uint64_t connection::refusals() const noexcept {
  return impl_->refusals.load(std::memory_order_relaxed);
}

std::size_t connection::max_payload() const noexcept {
  return impl_->max_payload.load(std::memory_order_relaxed);
}

bool connection::is_connected() const noexcept {
  const auto guard = std::shared_lock{impl_->sessions};
  return impl_->current && impl_->current->is_connected();
}

std::string connection::url() const {
  const auto on = impl_->present();
  return on && !on->url().empty() ? on->url()
                                  : without_credentials(impl_->configured_url);
}

} // namespace sluice::messaging
