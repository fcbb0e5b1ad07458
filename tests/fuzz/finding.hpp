#pragma once

#include "codec/error.hpp"

#include <concepts>
#include <string>
#include <string_view>

namespace sluice::fuzz {

/// Prints what is wrong and ends the process, so that libFuzzer keeps the
/// input and the test fails.
[[noreturn]] void report_finding(std::string_view what,
                                 std::string_view detail);

/// What must be so.
/// @param what the rule in words.
inline void expect(bool holds, std::string_view what,
                   std::string_view detail = {}) {
  if (!holds)
    report_finding(what, detail);
}

/// The same, with a detail that is put together only for a finding.
template <std::invocable Describe>
void expect(bool holds, std::string_view what, Describe&& describe) {
  if (!holds)
    report_finding(what, std::string{describe()});
}

/// An error that can be sent: its message is not empty and is UTF-8, and its
/// body is JSON of a bounded length.
void expect_presentable(const codec::error& failure);

/// The same, and it is one of those that a decoder may give: bad_request,
/// too_large.
void expect_refusal(const codec::error& failure);

} // namespace sluice::fuzz
