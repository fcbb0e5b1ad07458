#include "tests/fuzz/finding.hpp"

#include "codec/utf8.hpp"
#include "tests/fuzz/json_text.hpp"

#include <cstdio>
#include <cstdlib>

namespace sluice::fuzz {

namespace {

/// A message of control characters, of which each becomes six, and the rest.
constexpr auto body_bytes_max = 6 * codec::error_message_bytes_max + 200;

} // namespace

void report_finding(std::string_view what, std::string_view detail) {
  std::fprintf(stderr, "FINDING: not so: %.*s\n", static_cast<int>(what.size()),
               what.data());
  if (!detail.empty())
    std::fprintf(stderr, "%.*s\n", static_cast<int>(detail.size()),
                 detail.data());
  std::abort();
}

void expect_presentable(const codec::error& failure) {
  expect(!failure.message.empty(), "an error has a message");
  expect(codec::is_utf8(failure.message), "a message is UTF-8",
         failure.message);
  const auto body = codec::error_body(failure);
  expect(body.size() <= body_bytes_max, "the body of an error is bounded",
         failure.message);
  expect(is_json(body), "the body of an error is JSON", failure.message);
}

void expect_refusal(const codec::error& failure) {
  expect_presentable(failure);
  expect(failure.code == codec::error_code::bad_request
             || failure.code == codec::error_code::too_large,
         "a decoder's error is bad_request or too_large", failure.message);
}

} // namespace sluice::fuzz
