#include "services/request_headers.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

using services::parse_request_headers;

const auto limits = config::limit_settings{};

std::string refusal_of(const services::raw_headers& raw) {
  const auto parsed = parse_request_headers(raw, limits);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == codec::error_code::bad_request);
  return parsed.error().message;
}

} // namespace

TEST_CASE("a request without headers has the default patience and no more") {
  const auto parsed = parse_request_headers({}, limits);
  REQUIRE(parsed);
  CHECK(parsed->timeout.count() == limits.timeout_ms_default);
  CHECK(parsed->message_id.empty());
  CHECK_FALSE(parsed->wants_stream);
  CHECK(parsed->constraint.commit_min == 0);
}

TEST_CASE("a patience beyond the bound is cut to it") {
  auto low = config::limit_settings{};
  low.timeout_ms_max = 50;
  const auto parsed = parse_request_headers({.timeout_ms = "51"}, low);
  REQUIRE(parsed);
  CHECK(parsed->timeout.count() == 50);
}

TEST_CASE("when a request was sent is a time in milliseconds since 1970") {
  CHECK_FALSE(parse_request_headers({}, limits)->sent);
  const auto parsed
      = parse_request_headers({.sent_ms = "1790000000123"}, limits);
  REQUIRE(parsed);
  CHECK(parsed->sent->count() == 1'790'000'000'123);
  for (const auto* text :
       {"-1", "-0", "now", "1.5", " 1", "1 ", "1e12", "253402300800000"}) {
    CAPTURE(text);
    CHECK(refusal_of({.sent_ms = text})
          == "the header Sluice-Sent-Ms must be when the request was sent, in "
             "milliseconds since 1970 (UTC)");
  }
}

TEST_CASE("an idempotency key is taken as it is, up to 255 bytes") {
  const auto longest = std::string(255, 'k');
  const auto parsed = parse_request_headers({.message_id = longest}, limits);
  REQUIRE(parsed);
  CHECK(parsed->message_id == longest);
  CHECK(refusal_of({.message_id = longest + "k"})
        == "the header Nats-Msg-Id is longer than 255 bytes");
}

TEST_CASE("streaming is asked for with true and nothing else") {
  CHECK(parse_request_headers({.stream = "true"}, limits)->wants_stream);
  CHECK_FALSE(parse_request_headers({.stream = "false"}, limits)->wants_stream);
  for (const auto* wrong : {"1", "yes", "True", " true", "truetrue"}) {
    CAPTURE(wrong);
    CHECK(refusal_of({.stream = wrong})
          == "the header Sluice-Stream must be true or false");
  }
}

TEST_CASE("a window of a stream is a number within its bounds") {
  CHECK(parse_request_headers({.window = ""}, limits)->window == 0);
  CHECK(parse_request_headers({.window = "1"}, limits)->window == 1);
  CHECK(parse_request_headers({.window = "1024"}, limits)->window == 1'024);
  for (const auto* wrong : {"0", "1025", "-1", "1.5", "x", "4294967297"}) {
    CAPTURE(wrong);
    CHECK(refusal_of({.window = wrong})
          == "the header Sluice-Window must be a number from 1 to 1024");
  }
}

TEST_CASE("a requester may say that it takes heartbeats") {
  CHECK_FALSE(parse_request_headers({}, limits)->wants_heartbeat);
  CHECK(parse_request_headers({.heartbeat = "true"}, limits)->wants_heartbeat);
  CHECK_FALSE(
      parse_request_headers({.heartbeat = "false"}, limits)->wants_heartbeat);
  CHECK(refusal_of({.heartbeat = "1"})
        == "the header Sluice-Heartbeat must be true or false");
}

TEST_CASE("a header that cannot be read is named") {
  CHECK(refusal_of({.timeout_ms = "soon"}).contains("Sluice-Timeout-Ms"));
  CHECK(refusal_of({.bookmark = "?"}).contains("Sluice-Bookmark"));
}

} // namespace sluice::tests
