#pragma once

#include <chrono>
#include <string>

namespace sluice::codec {

/// ISO 8601 in UTC with seconds: 2026-11-24T11:08:20Z.
[[nodiscard]] std::string
format_timestamp(std::chrono::system_clock::time_point when);

/// The same with milliseconds, as D1's catalogue has it:
/// 2026-11-24T11:08:20.123Z.
[[nodiscard]] std::string
format_timestamp_ms(std::chrono::system_clock::time_point when);

} // namespace sluice::codec
