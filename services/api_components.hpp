#pragma once

#include <string_view>

/// Parts of the AsyncAPI document that no declaration has: YAML, as members of
/// `components`.
namespace sluice::services {

/// Of `schemas`: SQL, its values and results, and failures.
[[nodiscard]] std::string_view api_schemas() noexcept;

/// Of `schemas`: a header each, under the name `header_<its name>`.
[[nodiscard]] std::string_view api_headers() noexcept;

} // namespace sluice::services
