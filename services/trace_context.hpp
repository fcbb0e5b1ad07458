#pragma once

#include <string_view>

namespace sluice::services {

/// The header traceparent (https://www.w3.org/TR/trace-context/) as it is
/// carried on into replies: only one that is valid, in the form of version 00.
/// @return nothing for any other, which W3C says to ignore.
[[nodiscard]] std::string_view
valid_traceparent(std::string_view header) noexcept;

} // namespace sluice::services
