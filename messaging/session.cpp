#include "messaging/session.hpp"

#include "messaging/connection_options.hpp"
#include "messaging/library.hpp"

#include <nats/nats.h>

#include <array>
#include <cstdlib>
#include <limits>

namespace sluice::messaging {

namespace {

/// How long the end of a session may take.
constexpr auto close_patience = std::chrono::seconds{5};

/// Before its version 3.8 the library leaves a signature out that begins with a
/// byte of 0, one of 256 (nats.c, pull request 705). The next one is of another
/// number.
constexpr auto signed_attempts = 3;

constexpr auto url_bytes_max = std::size_t{1'024};

/// What a message takes in the buffer besides its payload, about.
constexpr auto message_overhead_bytes = std::size_t{256};

/// @return -1 if it is too long for the library, whose lengths are ints.
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

/// What an error callback is about: another error may have come since.
const char* error_words(natsStatus status) noexcept {
  auto recorded = natsStatus{NATS_OK};
  const auto* words = nats_GetLastError(&recorded);
  return recorded != status || words == nullptr || *words == '\0'
             ? natsStatus_GetText(status)
             : words;
}

/// Whether a server was not there or did not answer. Another answer is no, and
/// so is hanging up.
session::refusal::kind kind_of(natsStatus status) noexcept {
  using kind = session::refusal::kind;
  switch (status) {
  case NATS_NO_SERVER:
  case NATS_TIMEOUT:
    return kind::absent;
  case NATS_CONNECTION_AUTH_FAILED:
    return kind::credentials;
  default:
    return kind::other;
  }
}

bool signs(const config::nats_settings& settings) noexcept {
  return !settings.credentials_file.empty() || !settings.nkey_seed_file.empty();
}

std::string address_of(nats_connection& connection) {
  auto buffer = std::array<char, url_bytes_max>{};
  if (natsConnection_GetConnectedUrl(&connection, buffer.data(), buffer.size())
      != NATS_OK)
    return {};
  return without_credentials(buffer.data());
}

} // namespace

std::size_t outgoing_message::bytes() const noexcept {
  return payload.size() + message_overhead_bytes;
}

result<nats_handle<nats_message>> make_message(const outgoing_message& of) {
  const auto length = length_of(of.payload);
  if (length < 0)
    return too_large(of.payload.size());
  nats_message* raw = nullptr;
  // The length is given beside it.
  const auto* bytes = of.payload.data();
  auto done
      = check(natsMsg_Create(&raw, of.subject, of.reply_to, bytes, length),
              "no NATS message");
  auto message = nats_handle<nats_message>{raw};
  // They need a zero at their ends; their memory is used again.
  thread_local auto name_text = std::string{};
  thread_local auto value_text = std::string{};
  for (const auto& [name, value] : of.headers) {
    if (!done)
      break;
    name_text = name;
    value_text = value;
    done = check(natsMsgHeader_Set(raw, name_text.c_str(), value_text.c_str()),
                 "a header was not set");
  }
  if (!done)
    return std::unexpected{done.error()};
  return message;
}

// -- the library's callbacks --------------------------------------------------

struct session::callbacks {
  static session& of(void* closure) noexcept {
    return *static_cast<session*>(closure);
  }

  static void on_closed(natsConnection*, void* closure) noexcept {
    // Nothing of the session is used after it has been told.
    auto& self = of(closure);
    self.has_ended_.store(true);
    self.observer_.on_session_end();
    self.tell_closed();
  }

  static void on_error(natsConnection*, natsSubscription* from,
                       natsStatus status, void* closure) noexcept {
    const auto* subject
        = from == nullptr ? nullptr : natsSubscription_GetSubject(from);
    of(closure).observer_.on_session_error(subject == nullptr ? "" : subject,
                                           error_words(status),
                                           status == NATS_NOT_PERMITTED);
  }
};

void session::tell_closed() noexcept {
  const auto guard = std::lock_guard{mutex_};
  is_closed_ = true;
  // Under the lock: after it this object may be gone.
  closed_.notify_all();
}

// -- its beginning and its end ------------------------------------------------

session::session(const config::nats_settings& settings, delivery threads,
                 session_observer& observer)
    : observer_{observer}, threads_{threads},
      unsent_{settings.unsent_bytes_max} {
  // nop
}

result<void> session::set_up(nats_options& options,
                             const config::nats_settings& settings,
                             bool uses_loop) {
  for (const auto status :
       {natsOptions_SetClosedCB(&options, callbacks::on_closed, this),
        natsOptions_SetErrorHandler(&options, callbacks::on_error, this)})
    if (auto done = check(status, "cannot set up the NATS client"); !done)
      return done;
  if (!uses_loop)
    return check(natsOptions_SetSendAsap(&options, true),
                 "cannot set up the NATS client");
  gate_ = std::make_unique<read_gate>(settings);
  auto loop = socket_loop::start(*gate_);
  if (!loop)
    return std::unexpected{loop.error()};
  loop_ = std::move(*loop);
  return loop_->install(options);
}

std::expected<std::unique_ptr<session>, session::refusal>
session::open(const config::nats_settings& settings, const std::string& url,
              const std::string& client_name, delivery threads,
              session_observer& observer) {
  auto made = try_to_open(settings, url, client_name, threads, observer);
  for (auto i = 1; i < signed_attempts && signs(settings) && !made
                   && made.error().what == refusal::kind::credentials;
       ++i)
    made = try_to_open(settings, url, client_name, threads, observer);
  return made;
}

std::expected<std::unique_ptr<session>, session::refusal>
session::try_to_open(const config::nats_settings& settings,
                     const std::string& url, const std::string& client_name,
                     delivery threads, session_observer& observer) {
  start_library();
  auto made
      = std::unique_ptr<session>{new session{settings, threads, observer}};
  auto options = make_options(settings, url, client_name, threads);
  if (!options)
    return std::unexpected{refusal{refusal::kind::other, options.error()}};
  if (auto done = made->set_up(**options, settings, !wants_tls(settings, url));
      !done)
    return std::unexpected{refusal{refusal::kind::other, done.error()}};
  nats_connection* raw = nullptr;
  const auto status = natsConnection_Connect(&raw, options->get());
  made->handle_.reset(raw);
  if (status != NATS_OK)
    return std::unexpected{refusal{
        kind_of(status), describe(status, "cannot connect to NATS at "
                                              + without_credentials(url))}};
  made->url_ = address_of(*raw);
  return made;
}

void session::close() noexcept {
  natsConnection_Close(handle_.get());
}

session::~session() {
  if (!handle_)
    return;
  close();
  // The library's last callback comes later, on a thread of its own.
  auto guard = std::unique_lock{mutex_};
  closed_.wait_for(guard, close_patience, [this] { return is_closed_; });
  guard.unlock();
  handle_.reset();
}

// -- sending ------------------------------------------------------------------

result<void> session::check_usable() const {
  if (is_connected())
    return {};
  return std::unexpected{
      failure{failure::kind::disconnected, "the connection is over"}};
}

// What fails in the middle of a write leaves half a message behind, after which
// nothing can follow (only with TLS: otherwise nothing is written here). The
// other side cannot have got it, so that it may be sent again.
result<void> session::settle(int status, std::size_t bytes) {
  switch (status) {
  case NATS_OK:
    unsent_.add(bytes);
    return {};
  case NATS_MAX_PAYLOAD:
  case NATS_INVALID_SUBJECT:
  case NATS_INVALID_ARG:
  case NATS_NO_MEMORY:
  case NATS_NO_SERVER_SUPPORT:
    return check(status, "not published");
  default:
    if (!is_broken_.exchange(true))
      observer_.on_session_end();
    auto why = describe(status, "not published");
    why.what = failure::kind::disconnected;
    return std::unexpected{std::move(why)};
  }
}

result<void> session::publish(nats_message& message, std::size_t bytes) {
  if (auto usable = check_usable(); !usable)
    return usable;
  return settle(natsConnection_PublishMsg(handle_.get(), &message), bytes);
}

result<void> session::publish(const outgoing_message& message) {
  if (auto usable = check_usable(); !usable)
    return usable;
  if (unsent_.is_full(*handle_))
    return std::unexpected{
        failure{failure::kind::congested,
                "the NATS server takes nothing, and what waits for it has "
                "reached twice nats.unsent_bytes_max"}};
  if (!message.headers.empty() || message.reply_to != nullptr) {
    auto made = make_message(message);
    if (!made)
      return std::unexpected{made.error()};
    auto done = publish(**made, message.bytes());
    spent_.add(std::move(*made), message.payload.size());
    return done;
  }
  const auto length = length_of(message.payload);
  if (length < 0)
    return too_large(message.payload.size());
  return settle(natsConnection_Publish(handle_.get(), message.subject,
                                       message.payload.data(), length),
                message.bytes());
}

void session::flush() noexcept {
  if (loop_)
    loop_->flush();
}

result<void> session::sync(std::chrono::milliseconds timeout) {
  return check(natsConnection_FlushTimeout(handle_.get(), timeout.count()),
               "the NATS server did not answer");
}

// -- what it is like ----------------------------------------------------------

std::size_t session::max_payload() const noexcept {
  const auto bytes = natsConnection_GetMaxPayload(handle_.get());
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

std::string session::end_reason() const {
  if (is_broken_.load(std::memory_order_relaxed))
    return "it takes nothing";
  const char* words = nullptr;
  const auto status = natsConnection_GetLastError(handle_.get(), &words);
  if (status == NATS_STALE_CONNECTION)
    return "it answered no pings";
  if (words != nullptr && *words != '\0')
    return words;
  return status == NATS_OK || status == NATS_CONNECTION_CLOSED
             ? "the server closed it"
             : natsStatus_GetText(status);
}

std::vector<std::string> session::discovered_servers() const {
  char** urls = nullptr;
  auto count = 0;
  auto result = std::vector<std::string>{};
  if (natsConnection_GetDiscoveredServers(handle_.get(), &urls, &count)
      != NATS_OK)
    return result;
  const auto all = std::span{urls, static_cast<std::size_t>(count)};
  for (auto* url : all) {
    result.emplace_back(url);
    // As the library wants it.
    std::free(url); // NOLINT(cppcoreguidelines-no-malloc)
  }
  std::free(static_cast<void*>(urls)); // NOLINT(cppcoreguidelines-no-malloc)
  return result;
}

} // namespace sluice::messaging
