#include "codec/bookmark.hpp"
#include "services/request_headers.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <string>

/// The headers of a request: a line for the value of each; what follows the
/// sixth line break belongs to the last.
namespace sluice::fuzz {

namespace {

constexpr auto uuid_characters = std::size_t{36};

services::raw_headers split(std::string_view input) {
  auto values = std::array<std::string_view, 7>{};
  for (auto& value : values) {
    const auto end
        = &value == &values.back() ? std::string_view::npos : input.find('\n');
    value = input.substr(0, end);
    input.remove_prefix(std::min(end, input.size()));
    if (input.starts_with('\n'))
      input.remove_prefix(1);
  }
  return {.timeout_ms = values[0],
          .sent_ms = values[4],
          .bookmark = values[1],
          .message_id = values[2],
          .stream = values[3],
          .window = values[5],
          .heartbeat = values[6]};
}

/// A whole number above 0 in digits: what the header may be.
bool is_timeout(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos
         && text.find_first_not_of('0') != std::string_view::npos;
}

void expect_timeout(std::string_view text, std::chrono::milliseconds timeout,
                    const config::limit_settings& limits) {
  expect(timeout.count() >= 1 && timeout.count() <= limits.timeout_ms_max,
         "a timeout is within its bound", text);
  if (text.empty()) {
    expect(timeout.count() == limits.timeout_ms_default,
           "no timeout is the default");
    return;
  }
  expect(is_timeout(text), "a timeout is a whole number", text);
  const auto digits = text.substr(text.find_first_not_of('0'));
  const auto written = std::to_string(timeout.count());
  expect(timeout.count() == limits.timeout_ms_max || digits == written,
         "a timeout is what stands there, or its bound", text);
  expect(digits.size() >= written.size(), "a timeout is not raised", text);
}

void expect_constraint(std::string_view text,
                       const codec::read_constraint& constraint) {
  const auto& uuid = constraint.database_uuid;
  if (uuid.empty()) {
    expect(constraint.commit_min == 0, "without a database there is no commit",
           text);
    expect(text.empty() || text == "first-primary"
               || text == "first-unconstrained",
           "only these ask for no commit", text);
    return;
  }
  expect(uuid.size() == uuid_characters, "a uuid has 36 characters", text);
  expect(codec::format_bookmark(constraint.commit_min, uuid) == text,
         "a bookmark that is understood is written like that", text);
}

void check(const services::raw_headers& raw,
           const config::limit_settings& limits) {
  const auto parsed = services::parse_request_headers(raw, limits);
  if (!parsed) {
    expect_refusal(parsed.error());
    expect(parsed.error().code == codec::error_code::bad_request
               && parsed.error().message.contains("the header "),
           "a header is refused by its name", parsed.error().message);
    return;
  }
  expect_timeout(raw.timeout_ms, parsed->timeout, limits);
  expect(parsed->sent ? raw.sent_ms.find_first_not_of("0123456789")
                            == std::string_view::npos
                      : raw.sent_ms.empty(),
         "a time is a whole number", raw.sent_ms);
  expect_constraint(raw.bookmark, parsed->constraint);
  expect(parsed->message_id == raw.message_id
             && raw.message_id.size() <= services::message_id_bytes_max,
         "an id is taken as it is", raw.message_id);
  expect(parsed->wants_stream ? raw.stream == "true"
                              : raw.stream.empty() || raw.stream == "false",
         "a stream is asked for by true", raw.stream);
  expect(parsed->wants_heartbeat
             ? raw.heartbeat == "true"
             : raw.heartbeat.empty() || raw.heartbeat == "false",
         "a heartbeat is asked for by true", raw.heartbeat);
  expect(raw.window.empty() == (parsed->window == 0), "a window is above 0",
         raw.window);
}

} // namespace

bool run_input(std::string_view input) {
  const auto raw = split(input);
  check(raw, {});
  auto low = config::limit_settings{};
  low.timeout_ms_default = 20;
  low.timeout_ms_max = 100;
  check(raw, low);
  // One after the other, so that one that is refused hides no other.
  check({.timeout_ms = raw.timeout_ms}, {});
  check({.sent_ms = raw.sent_ms}, {});
  check({.bookmark = raw.bookmark}, {});
  check({.window = raw.window}, {});
  check({.heartbeat = raw.heartbeat}, {});
  check({.message_id = raw.message_id}, {});
  check({.stream = raw.stream}, {});
  return true;
}

} // namespace sluice::fuzz
