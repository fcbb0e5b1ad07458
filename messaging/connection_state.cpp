#include "messaging/connection_state.hpp"

#include "messaging/connection_options.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <random>
#include <utility>

namespace sluice::messaging {

namespace {

/// A server may be about to learn of its users; one that refuses twice in a row
/// means it.
constexpr auto refusals_max = 2;

} // namespace

connection::impl::impl(const config::nats_settings& settings_in,
                       std::string url_in, std::string client_name_in,
                       connection_observer* observer_in, delivery threads_in)
    : settings{settings_in}, configured_url{std::move(url_in)},
      client_name{std::move(client_name_in)}, observer{observer_in},
      threads{threads_in}, waiting{settings_in.reconnect_buffer_bytes_max} {
  // nop
}

connection::impl::~impl() {
  {
    const auto guard = std::lock_guard{mutex_};
    is_closing_ = true;
    changed_.notify_all();
  }
  if (keeper_.joinable())
    keeper_.join();
  subscriptions.leave();
  current.reset();
}

void connection::impl::start(std::unique_ptr<session> first) {
  if (first)
    adopt(std::move(first));
  keeper_ = std::thread{[this] {
    keep();
  }};
}

// -- for those who send -------------------------------------------------------

std::shared_ptr<session> connection::impl::present() {
  const auto guard = std::shared_lock{sessions};
  return current;
}

std::shared_ptr<session>
connection::impl::await_session(clock::time_point until) {
  {
    auto lock = std::unique_lock{mutex_};
    changed_.wait_until(lock, until, [this] {
      return is_closing_ || is_over_ || (has_session_ && !has_session_ended_);
    });
  }
  return present();
}

void connection::impl::set_present(const std::shared_ptr<session>& which) {
  const auto guard = std::lock_guard{mutex_};
  has_session_ = which != nullptr;
  changed_.notify_all();
}

result<void> connection::impl::publish(const outgoing_message& message) {
  const auto guard = std::shared_lock{sessions};
  if (current) {
    auto done = current->publish(message);
    if (done || done.error().what != failure::kind::disconnected)
      return done;
  }
  if (const auto most = max_payload.load(std::memory_order_relaxed);
      most != 0 && message.payload.size() > most)
    return std::unexpected{
        failure{failure::kind::too_large,
                "a message of " + std::to_string(message.payload.size())
                    + " bytes is larger than the NATS server takes "
                      "(max_payload)"}};
  auto made = make_message(message);
  if (!made)
    return std::unexpected{std::move(made.error())};
  auto kept = outbox::entry{std::move(*made), message.bytes()};
  return waiting.add(kept);
}

// -- what sessions tell -------------------------------------------------------

void connection::impl::on_session_end() noexcept {
  const auto guard = std::lock_guard{mutex_};
  has_session_ended_ = true;
  changed_.notify_all();
}

void connection::impl::on_session_error(std::string_view subject,
                                        std::string_view reason,
                                        bool is_refusal) noexcept {
  if (is_refusal)
    refusals.fetch_add(1, std::memory_order_relaxed);
  if (observer != nullptr)
    observer->on_error(subject, reason);
}

// -- the thread that keeps a session ------------------------------------------

void connection::impl::keep() noexcept {
  do {
    if (present() && !await_end())
      return;
    retire();
  } while (renew());
  const auto guard = std::lock_guard{mutex_};
  is_over_ = true;
  changed_.notify_all();
}

void connection::impl::keep_reason(std::string words) {
  const auto guard = std::lock_guard{mutex_};
  end_reason_ = std::move(words);
}

std::string connection::impl::end_reason() {
  // Of one that has ended and is not retired yet.
  if (const auto on = present(); on && !on->is_connected())
    return on->end_reason();
  const auto guard = std::lock_guard{mutex_};
  return end_reason_;
}

/// @return false if the connection is to end.
bool connection::impl::await_end() {
  const auto watched = present();
  auto lock = std::unique_lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return has_session_ended_ || is_closing_; });
    if (is_closing_)
      return false;
    // It may be one before it that tells, a moment late.
    if (!watched->is_connected())
      return true;
    has_session_ended_ = false;
  }
}

void connection::impl::retire() {
  const auto over = present();
  if (!over)
    return;
  keep_reason(over->end_reason());
  set_present(nullptr);
  subscriptions.leave();
  {
    const auto guard = std::lock_guard{sessions};
    current.reset();
  }
  if (auto servers = over->discovered_servers(); !servers.empty())
    discovered_ = std::move(servers);
  if (observer != nullptr)
    observer->on_disconnected(over->end_reason());
  // Others may hold it, and wait for answers that will not come.
  over->close();
}

std::string connection::impl::all_urls() const {
  auto result = configured_url;
  for (const auto& url : discovered_)
    if (result.find(url) == result.npos)
      result.append(",").append(url);
  return result;
}

/// Waits before an attempt to connect.
/// @return false if the connection is to end.
bool connection::impl::pause(bool is_first) {
  // Where there are other servers, one of them is tried at once.
  const auto has_others = all_urls().find(',') != std::string::npos;
  auto wait_ms = std::uint32_t{0};
  if (!is_first || !has_others || !has_been_connected_) {
    // Not all clients of a server at the same time.
    auto random = std::random_device{};
    const auto jitter_ms = settings.reconnect_wait_ms / 4;
    wait_ms
        = settings.reconnect_wait_ms
          + std::uniform_int_distribution<std::uint32_t>{0, jitter_ms}(random);
  }
  auto lock = std::unique_lock{mutex_};
  changed_.wait_for(lock, std::chrono::milliseconds{wait_ms},
                    [this] { return is_closing_; });
  has_session_ended_ = false;
  return !is_closing_;
}

/// @return false if the connection is to end, or is closed for good.
bool connection::impl::renew() {
  auto refused = 0;
  auto told = std::string{};
  for (auto is_first = true; pause(is_first); is_first = false) {
    auto next
        = session::open(settings, all_urls(), client_name, threads, *this);
    if (next) {
      adopt(std::move(*next));
      return true;
    }
    const auto& [what, why] = next.error();
    refused = what == session::refusal::kind::credentials ? refused + 1 : 0;
    if (observer == nullptr) {
      // nop
    } else if (refused >= refusals_max) {
      observer->on_closed(why.message);
    } else if (what != session::refusal::kind::absent && why.message != told) {
      observer->on_error("", why.message);
      told = why.message;
    }
    if (refused >= refusals_max) {
      keep_reason(why.message);
      return false;
    }
  }
  return false;
}

void connection::impl::adopt(std::unique_ptr<session> next) {
  const auto taken = std::shared_ptr<session>{std::move(next)};
  max_payload.store(taken->max_payload(), std::memory_order_relaxed);
  if (auto done = subscriptions.move_to(taken);
      !done && done.error().what != failure::kind::disconnected
      && observer != nullptr)
    observer->on_error("", done.error().message);
  // What waits goes before what comes; most of it while nobody is held up.
  report(send_waiting(*taken));
  auto last = std::vector<undelivered_message>{};
  {
    const auto guard = std::lock_guard{sessions};
    last = send_waiting(*taken);
    current = taken;
  }
  report(last);
  taken->flush();
  const auto is_new = !std::exchange(has_been_connected_, true);
  if (observer != nullptr && is_new)
    observer->on_connected(taken->url());
  else if (observer != nullptr)
    observer->on_reconnected(taken->url());
  set_present(taken);
}

std::vector<connection::impl::undelivered_message>
connection::impl::send_waiting(session& to) {
  auto result = std::vector<undelivered_message>{};
  auto is_over = false;
  for (auto& each : waiting.take()) {
    auto done
        = is_over ? waiting.add(each) : to.publish(*each.message, each.bytes);
    if (done)
      continue;
    if (!is_over && done.error().what == failure::kind::disconnected) {
      is_over = true;
      done = waiting.add(each);
    }
    if (!done)
      result.push_back({std::move(each), std::move(done.error())});
  }
  return result;
}

void connection::impl::report(
    const std::vector<undelivered_message>& all) noexcept {
  const auto guard = std::lock_guard{undelivered_mutex};
  if (undelivered == nullptr)
    return;
  for (const auto& [what, why] : all) {
    const auto length = natsMsg_GetDataLength(what.message.get());
    undelivered->on_undelivered(natsMsg_GetSubject(what.message.get()),
                                static_cast<std::size_t>(std::max(length, 0)),
                                why);
  }
}

} // namespace sluice::messaging
