#include "services/request_deadline.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using services::deadline_of;
using std::chrono::milliseconds;

constexpr auto unix_now = milliseconds{1'790'000'000'000};
const auto now = std::chrono::steady_clock::time_point{1'000s};

services::request_headers headers(milliseconds timeout) {
  auto result = services::request_headers{};
  result.timeout = timeout;
  return result;
}

services::request_headers sent(milliseconds timeout, milliseconds when) {
  auto result = headers(timeout);
  result.sent = when;
  return result;
}

/// How much is left.
milliseconds left(const services::request_headers& of,
                  milliseconds waited = 0ms) {
  const auto until = deadline_of(
      of, {.now = now, .unix_now = unix_now, .arrived = now - waited});
  REQUIRE(until);
  return std::chrono::duration_cast<milliseconds>(*until - now);
}

std::string refusal(const services::request_headers& of,
                    milliseconds waited = 0ms) {
  const auto until = deadline_of(
      of, {.now = now, .unix_now = unix_now, .arrived = now - waited});
  REQUIRE_FALSE(until);
  CHECK(until.error().code == codec::error_code::timeout);
  return until.error().message;
}

} // namespace

TEST_CASE("the patience of a request counts from when it arrived") {
  CHECK(left(headers(2s)) == 2s);
  CHECK(left(headers(2s), 500ms) == 1'500ms);
  CHECK(refusal(headers(2s), 40s)
        == "the request had waited for 40000 ms when Sluice came to read it, "
           "and has a time of 2000 ms (Sluice-Timeout-Ms); it was not "
           "executed");
}

TEST_CASE("the patience of a request counts from when it was sent, where it "
          "says so") {
  CHECK(left(sent(2s, unix_now)) == 2s);
  CHECK(left(sent(2s, unix_now - 1'500ms)) == 500ms);
  CHECK(left(sent(2s, unix_now - 1'500ms), 200ms) == 500ms);
  CHECK(left(sent(2s, unix_now - 200ms), 1'500ms) == 500ms);
}

TEST_CASE("a request that was sent too long ago is refused by the name of the "
          "header") {
  const auto message = refusal(sent(2s, unix_now - 2s));
  CHECK(message.contains("sent 2000 ms ago by its header Sluice-Sent-Ms"));
  CHECK(message.contains("clocks of client and server differ"));
  CHECK(refusal(sent(30s, 0ms)).contains("Sluice-Sent-Ms"));
}

TEST_CASE("a client whose clock is ahead has just sent its request") {
  CHECK(left(sent(2s, unix_now + 1h)) == 2s);
  CHECK(left(sent(2s, milliseconds::max())) == 2s);
  CHECK(left(sent(2s, unix_now + 1h), 500ms) == 1'500ms);
}

} // namespace sluice::tests
