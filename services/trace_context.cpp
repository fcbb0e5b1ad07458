#include "services/trace_context.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::services {

namespace {

/// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
constexpr auto header_bytes = std::size_t{55};
constexpr auto trace_at = std::size_t{3};
constexpr auto parent_at = std::size_t{36};
constexpr auto flags_at = std::size_t{53};

bool is_hexadecimal(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_zero(std::string_view text) noexcept {
  return text.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

std::string_view valid_traceparent(std::string_view header) noexcept {
  if (header.size() != header_bytes)
    return {};
  const auto version = header.substr(0, 2);
  const auto trace = header.substr(trace_at, parent_at - trace_at - 1);
  const auto parent = header.substr(parent_at, flags_at - parent_at - 1);
  const auto flags = header.substr(flags_at);
  const auto is_valid
      = header[trace_at - 1] == '-' && header[parent_at - 1] == '-'
        && header[flags_at - 1] == '-' && is_hexadecimal(version)
        && version != "ff" && is_hexadecimal(trace) && !is_zero(trace)
        && is_hexadecimal(parent) && !is_zero(parent) && is_hexadecimal(flags);
  return is_valid ? header : std::string_view{};
}

} // namespace sluice::services
