#pragma once

#include <span>
#include <string>
#include <string_view>

/// What somebody who mistyped a name may have meant.
namespace sluice::config {

/// The candidate that takes the fewest changes of a character, or that is
/// `name` with something in front; empty if none is near.
[[nodiscard]] std::string nearest(std::string_view name,
                                  std::span<const std::string> candidates);

} // namespace sluice::config
