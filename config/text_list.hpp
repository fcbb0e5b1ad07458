#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// The entries of a setting that holds several, separated by commas; without
/// spaces around them, and without empty ones.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

} // namespace sluice::config
