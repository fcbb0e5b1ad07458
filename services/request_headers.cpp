#include "services/request_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sluice::services {

using codec::error_code;

namespace {

codec::result<std::chrono::milliseconds>
parse_timeout(std::string_view text, const config::limit_settings& limits) {
  if (text.empty())
    return std::chrono::milliseconds{limits.timeout_ms_default};
  auto ms = std::uint64_t{0};
  const auto [end, problem]
      = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (problem != std::errc{} || end != text.data() + text.size() || ms == 0)
    return codec::fail(error_code::bad_request,
                       "the header Sluice-Timeout-Ms must be a whole number of "
                       "milliseconds above 0");
  return std::chrono::milliseconds{
      std::min<std::uint64_t>(ms, limits.timeout_ms_max)};
}

/// The end of the year 9999.
constexpr auto sent_ms_max = std::uint64_t{253'402'300'799'999};

codec::result<std::optional<std::chrono::milliseconds>>
parse_sent(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  // Unsigned, for "-0" is not a time either.
  auto ms = std::uint64_t{0};
  const auto [end, problem]
      = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (problem != std::errc{} || end != text.data() + text.size()
      || ms > sent_ms_max)
    return codec::fail(error_code::bad_request,
                       "the header Sluice-Sent-Ms must be when the request was "
                       "sent, in milliseconds since 1970 (UTC)");
  return std::chrono::milliseconds{static_cast<std::int64_t>(ms)};
}

codec::result<bool> parse_flag(std::string_view name, std::string_view text) {
  if (text.empty() || text == "false")
    return false;
  if (text == "true")
    return true;
  return codec::fail(error_code::bad_request, "the header " + std::string{name}
                                                  + " must be true or false");
}

codec::result<std::uint32_t> parse_window(std::string_view text) {
  auto window = std::uint32_t{0};
  if (text.empty())
    return window;
  const auto [end, problem]
      = std::from_chars(text.data(), text.data() + text.size(), window);
  if (problem != std::errc{} || end != text.data() + text.size() || window == 0
      || window > stream_window_max)
    return codec::fail(error_code::bad_request,
                       "the header Sluice-Window must be a number from 1 to "
                           + std::to_string(stream_window_max));
  return window;
}

} // namespace

codec::result<request_headers>
parse_request_headers(const raw_headers& raw,
                      const config::limit_settings& limits) {
  auto timeout = parse_timeout(raw.timeout_ms, limits);
  if (!timeout)
    return std::unexpected{std::move(timeout.error())};
  auto sent = parse_sent(raw.sent_ms);
  if (!sent)
    return std::unexpected{std::move(sent.error())};
  auto constraint = codec::parse_read_constraint(raw.bookmark);
  if (!constraint)
    return std::unexpected{std::move(constraint.error())};
  if (raw.message_id.size() > message_id_bytes_max)
    return codec::fail(error_code::bad_request,
                       "the header Nats-Msg-Id is longer than "
                           + std::to_string(message_id_bytes_max) + " bytes");
  auto stream = parse_flag("Sluice-Stream", raw.stream);
  if (!stream)
    return std::unexpected{std::move(stream.error())};
  auto window = parse_window(raw.window);
  if (!window)
    return std::unexpected{std::move(window.error())};
  auto heartbeat = parse_flag("Sluice-Heartbeat", raw.heartbeat);
  if (!heartbeat)
    return std::unexpected{std::move(heartbeat.error())};
  return request_headers{.timeout = *timeout,
                         .sent = *sent,
                         .constraint = std::move(*constraint),
                         .message_id = std::string{raw.message_id},
                         .wants_stream = *stream,
                         .window = *window,
                         .wants_heartbeat = *heartbeat};
}

} // namespace sluice::services
