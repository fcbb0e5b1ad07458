#include "messaging/connection.hpp"

#include "messaging/connection_options.hpp"
#include "messaging/library.hpp"
#include "messaging/read_gate.hpp"
#include "messaging/received_message.hpp"
#include "messaging/socket_loop.hpp"
#include "messaging/spent_messages.hpp"
#include "messaging/subscription.hpp"

#include <nats/nats.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>

namespace sluice::messaging {

namespace {

/// How long the end of a connection may take.
constexpr auto close_patience = std::chrono::seconds{5};

constexpr auto url_bytes_max = std::size_t{1'024};

/// @return nothing if it is too long for the library, whose lengths are ints.
int length_of(std::string_view payload) noexcept {
  constexpr auto length_max
      = static_cast<std::size_t>(std::numeric_limits<int>::max());
  return payload.size() > length_max ? -1 : static_cast<int>(payload.size());
}

std::unexpected<failure> too_large(std::size_t bytes) {
  return std::unexpected{
      failure{failure::kind::too_large, "a message of " + std::to_string(bytes)
                                            + " bytes is larger than the NATS "
                                              "server takes (max_payload)"}};
}

result<nats_handle<nats_message>> make_message(const char* subject,
                                               std::string_view payload,
                                               std::span<const header> headers,
                                               const char* reply_to = nullptr) {
  const auto length = length_of(payload);
  if (length < 0)
    return too_large(payload.size());
  nats_message* raw = nullptr;
  const auto* bytes = payload.data();
  auto done = check(natsMsg_Create(&raw, subject, reply_to, bytes, length),
                    "no NATS message");
  auto message = nats_handle<nats_message>{raw};
  for (const auto& [name, value] : headers)
    if (done)
      done = check(natsMsgHeader_Set(raw, std::string{name}.c_str(),
                                     std::string{value}.c_str()),
                   "a header was not set");
  if (!done)
    return std::unexpected{done.error()};
  return message;
}

/// Whether a server was not there or did not answer. Another answer is no, and
/// so is hanging up: on one that did the library does not try again.
bool is_absence(natsStatus status) noexcept {
  return status == NATS_NO_SERVER || status == NATS_TIMEOUT;
}

/// What the connection says of its last error, if it has something to say.
const char* last_error(nats_connection* connection,
                       const char* otherwise) noexcept {
  const char* reason = nullptr;
  natsConnection_GetLastError(connection, &reason);
  return reason == nullptr || *reason == '\0' ? otherwise : reason;
}

} // namespace

struct connection::impl {
  connection_observer* observer = nullptr;
  std::string configured_url;
  config::nats_settings settings;
  std::unique_ptr<read_gate> gate;
  /// Not with TLS: there the library waits inside of a read, which would stop
  /// the writes of one thread for both.
  std::unique_ptr<socket_loop> loop;
  nats_handle<nats_connection> handle;
  spent_messages spent;
  /// As the server told at the last connect; asking the library for it waits
  /// for a lock that every message needs.
  std::atomic<std::int64_t> max_payload = 0;

  /// The end is wanted: nothing of it is news.
  std::atomic<bool> is_closing = false;
  std::mutex mutex;
  std::condition_variable closed;
  bool is_closed = false;

  void tell_closed() noexcept;
  result<void> set_callbacks(natsOptions* options);
  [[nodiscard]] natsStatus open(natsOptions* options, bool wait_for_server);
  [[nodiscard]] std::string address(nats_connection* of) const;

  static impl& of(void* closure) noexcept {
    return *static_cast<impl*>(closure);
  }
  static void on_connected(natsConnection* nc, void* closure) noexcept;
  static void on_disconnected(natsConnection* nc, void* closure) noexcept;
  static void on_reconnected(natsConnection* nc, void* closure) noexcept;
  static void on_closed(natsConnection* nc, void* closure) noexcept;
  static void on_error(natsConnection* nc, natsSubscription* from,
                       natsStatus status, void* closure) noexcept;
};

// -- the library's callbacks --------------------------------------------------

// Told which connection: the first callback may come before it is known here.
std::string connection::impl::address(nats_connection* of) const {
  auto buffer = std::array<char, url_bytes_max>{};
  if (of != nullptr
      && natsConnection_GetConnectedUrl(of, buffer.data(), buffer.size())
             == NATS_OK
      && buffer.front() != '\0')
    return without_credentials(buffer.data());
  return without_credentials(configured_url);
}

void connection::impl::on_connected(natsConnection* nc,
                                    void* closure) noexcept {
  of(closure).max_payload.store(natsConnection_GetMaxPayload(nc));
  if (auto* observer = of(closure).observer; observer != nullptr)
    observer->on_connected(of(closure).address(nc));
}

void connection::impl::on_disconnected(natsConnection* nc,
                                       void* closure) noexcept {
  auto* observer = of(closure).observer;
  if (observer == nullptr || of(closure).is_closing.load())
    return;
  observer->on_disconnected(last_error(nc, "the server closed the connection"));
}

void connection::impl::on_reconnected(natsConnection* nc,
                                      void* closure) noexcept {
  of(closure).max_payload.store(natsConnection_GetMaxPayload(nc));
  if (auto* observer = of(closure).observer; observer != nullptr)
    observer->on_reconnected(of(closure).address(nc));
}

void connection::impl::tell_closed() noexcept {
  {
    const auto guard = std::lock_guard{mutex};
    is_closed = true;
    // Under the lock: after it this object may be gone.
    closed.notify_all();
  }
}

void connection::impl::on_closed(natsConnection* nc, void* closure) noexcept {
  auto& self = of(closure);
  if (self.observer != nullptr && !self.is_closing.load())
    self.observer->on_closed(
        last_error(nc, "the server closed the connection"));
  self.tell_closed();
}

void connection::impl::on_error(natsConnection* nc, natsSubscription* from,
                                natsStatus status, void* closure) noexcept {
  auto* observer = of(closure).observer;
  if (observer == nullptr)
    return;
  const auto* subject
      = from == nullptr ? nullptr : natsSubscription_GetSubject(from);
  observer->on_error(subject == nullptr ? "" : subject,
                     last_error(nc, natsStatus_GetText(status)));
}

result<void> connection::impl::set_callbacks(natsOptions* options) {
  for (const auto status :
       {natsOptions_SetDisconnectedCB(options, on_disconnected, this),
        natsOptions_SetReconnectedCB(options, on_reconnected, this),
        natsOptions_SetClosedCB(options, on_closed, this),
        natsOptions_SetErrorHandler(options, on_error, this)})
    if (auto done = check(status, "cannot set up the NATS client"); !done)
      return done;
  return {};
}

natsStatus connection::impl::open(natsOptions* options, bool wait_for_server) {
  nats_connection* raw = nullptr;
  auto status = natsConnection_Connect(&raw, options);
  // Told to try on, the library would keep to itself why a server refuses.
  if (wait_for_server && is_absence(status)) {
    status = natsOptions_SetRetryOnFailedConnect(options, true, on_connected,
                                                 this);
    if (status == NATS_OK)
      status = natsConnection_Connect(&raw, options);
  }
  handle.reset(raw);
  return status;
}

// -- the object ---------------------------------------------------------------

connection::connection(std::unique_ptr<impl> state) : impl_{std::move(state)} {}

result<std::unique_ptr<connection>>
connection::connect(const config::nats_settings& settings,
                    const std::string& url, const std::string& client_name,
                    connection_observer* observer, bool wait_for_server) {
  start_library();
  auto state = std::make_unique<impl>();
  state->observer = observer;
  state->settings = settings;
  state->configured_url = url.empty() ? settings.url : url;
  auto options = make_options(settings, state->configured_url, client_name);
  if (!options)
    return std::unexpected{options.error()};
  auto done = state->set_callbacks(options->get());
  if (done && !wants_tls(settings, state->configured_url)) {
    state->gate = std::make_unique<read_gate>(settings);
    auto loop = socket_loop::start(*state->gate);
    if (!loop)
      return std::unexpected{loop.error()};
    state->loop = std::move(*loop);
    done = state->loop->install(**options);
  } else if (done) {
    done = check(natsOptions_SetSendAsap(options->get(), true),
                 "cannot set up the NATS client");
  }
  if (!done)
    return std::unexpected{done.error()};
  const auto status = state->open(options->get(), wait_for_server);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED)
    return std::unexpected{
        describe(status, "cannot connect to NATS at "
                             + without_credentials(state->configured_url))};
  if (status == NATS_OK)
    impl::on_connected(state->handle.get(), state.get());
  return std::unique_ptr<connection>{new connection{std::move(state)}};
}

connection::~connection() {
  impl_->is_closing.store(true);
  natsConnection_Close(impl_->handle.get());
  // The library's last callback comes later, on a thread of its own.
  auto guard = std::unique_lock{impl_->mutex};
  impl_->closed.wait_for(guard, close_patience,
                         [this] { return impl_->is_closed; });
  guard.unlock();
  impl_->handle.reset();
}

result<std::unique_ptr<subscription>>
connection::subscribe(const std::string& subject,
                      const std::string& queue_group,
                      message_handler& handler) {
  return subscription::impl::make({.connection = *impl_->handle,
                                   .settings = impl_->settings,
                                   .gate = impl_->gate.get(),
                                   .subject = subject,
                                   .queue_group = queue_group,
                                   .handler = handler});
}

result<void> connection::publish(const char* subject, std::string_view payload,
                                 std::span<const header> headers,
                                 const char* reply_to) {
  if (headers.empty() && reply_to == nullptr) {
    const auto length = length_of(payload);
    if (length < 0)
      return too_large(payload.size());
    return check(natsConnection_Publish(impl_->handle.get(), subject,
                                        payload.data(), length),
                 "not published");
  }
  auto message = make_message(subject, payload, headers, reply_to);
  if (!message)
    return std::unexpected{message.error()};
  auto done
      = check(natsConnection_PublishMsg(impl_->handle.get(), message->get()),
              "not published");
  impl_->spent.add(std::move(*message), payload.size());
  return done;
}

result<std::string> connection::make_inbox() const {
  natsInbox* raw = nullptr;
  auto made = check(natsInbox_Create(&raw), "no NATS inbox");
  const auto inbox = std::unique_ptr<char, decltype(&natsInbox_Destroy)>{
      raw, &natsInbox_Destroy};
  if (!made)
    return std::unexpected{std::move(made.error())};
  return std::string{inbox.get()};
}

void connection::flush() noexcept {
  if (impl_->loop)
    impl_->loop->flush();
}

result<owned_message> connection::request(const std::string& subject,
                                          std::string_view payload,
                                          std::span<const header> headers,
                                          std::chrono::milliseconds timeout) {
  if (const auto most = max_payload(); most != 0 && payload.size() > most)
    return too_large(payload.size());
  auto message = make_message(subject.c_str(), payload, headers);
  if (!message)
    return std::unexpected{message.error()};
  nats_message* raw = nullptr;
  const auto status = natsConnection_RequestMsg(
      &raw, impl_->handle.get(), message->get(), timeout.count());
  const auto reply = nats_handle<nats_message>{raw};
  if (auto done = check(status, "no reply"); !done)
    return std::unexpected{done.error()};
  return received_message{*reply}.copy();
}

result<void> connection::sync(std::chrono::milliseconds timeout) {
  // The library is connected a moment before it says so.
  if (max_payload() == 0 && !is_connected())
    return std::unexpected{failure{failure::kind::disconnected,
                                   "no NATS server has answered yet"}};
  return check(
      natsConnection_FlushTimeout(impl_->handle.get(), timeout.count()),
      "the NATS server did not answer");
}

std::size_t connection::unsent_bytes() const noexcept {
  const auto bytes = natsConnection_Buffered(impl_->handle.get());
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

std::size_t connection::max_payload() const noexcept {
  const auto bytes = impl_->max_payload.load(std::memory_order_relaxed);
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

bool connection::is_connected() const noexcept {
  return natsConnection_Status(impl_->handle.get())
         == NATS_CONN_STATUS_CONNECTED;
}

std::string connection::url() const {
  return impl_->address(impl_->handle.get());
}

} // namespace sluice::messaging
