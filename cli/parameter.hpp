#pragma once

#include "cli/failure.hpp"

#include <string>
#include <string_view>

namespace sluice::cli {

/// The JSON of a value that was given as `--param`: JSON is taken as it is,
/// anything else as a text.
[[nodiscard]] result<std::string> parameter_json(std::string_view text);

} // namespace sluice::cli
