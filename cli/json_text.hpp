#pragma once

#include <string>
#include <string_view>

namespace sluice::cli {

/// The same JSON with line breaks and indents; numbers keep their digits, and
/// what is no JSON stays as it is.
[[nodiscard]] std::string pretty_json(std::string_view json);

} // namespace sluice::cli
