#include "cli/client.hpp"

#include "config/settings_rules.hpp"
#include "messaging/header_name.hpp"
#include "messaging/reply_stream.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <thread>
#include <vector>

namespace sluice::cli {

namespace {

using kind = messaging::failure::kind;

/// What the server may take beyond the patience to answer `timeout` itself,
/// with words that say whether anything was done.
constexpr auto answer_time = std::chrono::milliseconds{1'000};

/// How often a wait looks whether it is to go on.
constexpr auto look_again = std::chrono::milliseconds{100};

/// An acknowledgement of JetStream is far shorter.
constexpr auto acknowledgement_bytes_max = std::size_t{4096};

exit_code code_of(kind what) {
  switch (what) {
  case kind::configuration:
    return exit_code::usage;
  case kind::too_large:
  case kind::not_permitted:
    return exit_code::refused;
  default:
    return exit_code::unreachable;
  }
}

/// Parts of a stream that may be under way: as much as a few megabytes.
constexpr auto stream_window = std::string_view{"32"};

bool is_window(const messaging::header& each) {
  return messaging::is_same_header(each.name, "Sluice-Window");
}

std::string words(const messaging::failure& problem, const std::string& subject,
                  const std::string& url, std::chrono::milliseconds patience) {
  switch (problem.what) {
  case kind::timeout:
    return "no answer to " + subject + " within "
           + std::to_string(patience.count())
           + " ms; whether it was executed is not known";
  case kind::no_responders:
    return "nobody answers " + subject + " at " + url
           + "; is a server running there (sluice serve), with the same "
             "nats.subject_prefix?";
  case kind::not_permitted:
    return "NATS does not permit it: " + problem.message
           + (problem.message.find("Subscription") == std::string::npos
                  ? ""
                  : "; which inbox may this user have (nats.inbox_prefix)?");
  default:
    return problem.message;
  }
}

/// 0: it is none.
std::size_t number_of(std::string_view text) {
  auto result = std::size_t{0};
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// "no such table: t at offset 14: SQLITE_ERROR (sql_error)"
std::unexpected<failure> error_of(const messaging::owned_message& reply) {
  auto parser = simdjson::dom::parser{};
  const auto body = parser.parse(reply.payload);
  auto message = std::string{reply.header("Nats-Service-Error")};
  auto code = std::string{};
  auto text = std::string_view{};
  if (body["error"].get(text) == simdjson::SUCCESS)
    message = text;
  if (body["code"].get(text) == simdjson::SUCCESS) {
    code = text;
    message.append(" (").append(text).append(")");
  }
  return std::unexpected{
      failure{exit_code::refused, std::move(message), std::move(code),
              number_of(reply.header("Sluice-Failed-Statement"))}};
}

/// A reply says in its body whether it is a success.
bool is_success(std::string_view body) {
  auto parser = simdjson::dom::parser{};
  const auto document = parser.parse(body.data(), body.size());
  auto success = false;
  if (document["success"].get(success) == simdjson::SUCCESS)
    return success;
  // The results of a batch.
  return document.is_array();
}

std::unexpected<failure> strange(const std::string& subject) {
  return fail(exit_code::unreachable,
              "what answered " + subject
                  + " is no reply of Sluice; whether the request was executed "
                    "is not known");
}

result<void> check_no_acknowledgement(const messaging::owned_message& reply) {
  const auto stream = acknowledging_stream(reply.payload);
  if (stream.empty())
    return {};
  return fail(exit_code::unreachable,
              "the JetStream stream " + stream
                  + " holds the subjects of Sluice's requests, and its "
                    "acknowledgement came in place of the reply: take these "
                    "subjects out of the stream, or set its no_ack; whether "
                    "the request was executed is not known");
}

} // namespace

std::string acknowledging_stream(std::string_view body) {
  if (body.size() > acknowledgement_bytes_max)
    return {};
  auto parser = simdjson::dom::parser{};
  const auto document = parser.parse(body.data(), body.size());
  auto stream = std::string_view{};
  auto number = std::uint64_t{0};
  const auto is_it = document["stream"].get(stream) == simdjson::SUCCESS
                     && document["seq"].get(number) == simdjson::SUCCESS
                     && document["success"].error() != simdjson::SUCCESS;
  return is_it ? std::string{stream} : std::string{};
}

result<std::string> server_url(const config::nats_settings& settings) {
  if (!settings.url.empty())
    return settings.url;
  auto address = config::parse_listen_address(settings.listen);
  if (!address)
    return fail(exit_code::usage, "nats.listen: " + address.error());
  if (address->port == 0)
    return fail(exit_code::usage,
                "nats.listen has port 0, so only the server knows its "
                "address; give it as --nats-url");
  // Addresses that mean all interfaces are none to connect to.
  if (address->host == "0.0.0.0" || address->host == "::")
    address->host = "127.0.0.1";
  if (address->host.find(':') != std::string::npos)
    address->host = "[" + address->host + "]";
  return "nats://" + address->host + ":" + std::to_string(address->port);
}

bool is_error(const messaging::owned_message& reply) {
  return !reply.header("Nats-Service-Error-Code").empty()
         || !reply.header("Nats-Service-Error").empty();
}

client::client(std::unique_ptr<connection_watch> watch,
               std::unique_ptr<messaging::connection> connection,
               std::string prefix, std::chrono::milliseconds patience)
    : watch_{std::move(watch)}, connection_{std::move(connection)},
      prefix_{std::move(prefix)}, patience_{patience} {}

result<client> client::connect(const config::settings& settings,
                               std::chrono::milliseconds patience) {
  auto url = server_url(settings.nats);
  if (!url)
    return std::unexpected{std::move(url.error())};
  auto watch = std::make_unique<connection_watch>();
  auto connected = messaging::connection::connect(settings.nats, *url,
                                                  "sluice-cli", watch.get());
  if (!connected)
    return fail(code_of(connected.error().what),
                std::move(connected.error().message));
  return client{std::move(watch), std::move(*connected),
                settings.nats.subject_prefix, patience};
}

result<messaging::owned_message>
client::request(const std::string& subject, std::string_view body,
                std::span<const messaging::header> headers) {
  if (auto ready = check_connection(); !ready)
    return std::unexpected{std::move(ready.error())};
  const auto patience = std::to_string(patience_.count());
  auto all = std::vector<messaging::header>{headers.begin(), headers.end()};
  all.push_back({"Sluice-Timeout-Ms", patience});
  // So that what runs for this command ends with it.
  all.push_back({"Sluice-Heartbeat", "true"});
  auto reply
      = connection_->request(subject, body, all, patience_ + answer_time);
  if (!reply)
    return fail(code_of(reply.error().what),
                words(reply.error(), subject, connection_->url(), patience_));
  if (auto checked = check_no_acknowledgement(*reply); !checked)
    return std::unexpected{std::move(checked.error())};
  return std::move(*reply);
}

result<void> client::check_connection() const {
  const auto until = std::chrono::steady_clock::now() + patience_;
  while (!connection_->is_connected()) {
    if (!waits_for_servers_ || watch_->is_over()
        || std::chrono::steady_clock::now() >= until)
      return fail(exit_code::unreachable, "the connection to NATS at "
                                              + connection_->url()
                                              + " was lost: " + watch_->reason()
                                              + "; this was not sent");
    if (is_interrupted_ && is_interrupted_())
      return fail(exit_code::refused, "given up; this was not sent");
    std::this_thread::sleep_for(look_again);
  }
  return {};
}

result<messaging::owned_message>
client::next_of(messaging::reply_stream& stream, const std::string& subject,
                std::uint64_t ends) const {
  const auto until = std::chrono::steady_clock::now() + patience_ + answer_time;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    // Before the wait, for what came until then comes first.
    const auto is_cut_off = watch_->ends() != ends;
    const auto slice = is_cut_off ? std::chrono::milliseconds{0}
                                  : std::min(left, look_again);
    auto message = stream.next(std::max(slice, std::chrono::milliseconds{0}));
    if (message)
      return std::move(*message);
    if (is_cut_off && message.error().what == kind::timeout)
      return fail(exit_code::unreachable,
                  "the connection to NATS ended before the reply was whole ("
                      + watch_->reason()
                      + "); whether it was executed is not known");
    const auto is_over = message.error().what != kind::timeout || left <= slice;
    if (is_over)
      return fail(
          code_of(message.error().what),
          words(message.error(), subject, connection_->url(), patience_));
    if (is_interrupted_ && is_interrupted_())
      return fail(exit_code::refused,
                  "given up; whether it was executed is not known");
  }
}

result<messaging::owned_message>
client::request_stream(const std::string& subject, std::string_view body,
                       std::span<const messaging::header> headers,
                       const message_function& on_message) {
  if (auto ready = check_connection(); !ready)
    return std::unexpected{std::move(ready.error())};
  const auto patience = std::to_string(patience_.count());
  auto all = std::vector<messaging::header>{headers.begin(), headers.end()};
  all.push_back({"Sluice-Timeout-Ms", patience});
  if (std::ranges::none_of(all, is_window))
    all.push_back({"Sluice-Window", stream_window});
  const auto ends = watch_->ends();
  auto stream
      = messaging::reply_stream::request(*connection_, subject, body, all);
  if (!stream)
    return fail(code_of(stream.error().what),
                words(stream.error(), subject, connection_->url(), patience_));
  for (auto expected = std::size_t{0};; ++expected) {
    auto message = next_of(**stream, subject, ends);
    if (!message)
      return message;
    const auto sequence = message->header("Sluice-Sequence");
    if (sequence.empty())
      if (auto checked = check_no_acknowledgement(*message); !checked)
        return std::unexpected{std::move(checked.error())};
    // A reply without a number is no stream: an endpoint that has none.
    if (!sequence.empty() && sequence != std::to_string(expected))
      return fail(exit_code::unreachable, "message " + std::to_string(expected)
                                              + " of the stream is lost");
    if (auto taken = on_message(*message); !taken)
      return std::unexpected{std::move(taken.error())};
    if (sequence.empty() || message->header("Sluice-Final") == "true")
      return std::move(*message);
  }
}

result<std::string> client::call(std::string_view tail, std::string_view body) {
  auto reply = request(prefix_ + "." + std::string{tail}, body);
  if (!reply)
    return std::unexpected{std::move(reply.error())};
  if (is_error(*reply))
    return error_of(*reply);
  if (!is_success(reply->payload))
    return strange(prefix_ + "." + std::string{tail});
  return std::move(reply->payload);
}

result<std::string> client::call_for_stream(
    std::string_view tail, std::string_view body,
    const std::function<result<void>(std::string_view)>& on_part) {
  const auto header = messaging::header{"Sluice-Stream", "true"};
  auto last = request_stream(
      prefix_ + "." + std::string{tail}, body, {&header, 1},
      [&on_part](const messaging::owned_message& message) -> result<void> {
        if (is_error(message) || message.header("Sluice-Final") == "true")
          return {};
        return on_part(message.payload);
      });
  if (!last)
    return std::unexpected{std::move(last.error())};
  if (is_error(*last))
    return error_of(*last);
  if (!is_success(last->payload))
    return strange(prefix_ + "." + std::string{tail});
  return std::move(last->payload);
}

} // namespace sluice::cli
