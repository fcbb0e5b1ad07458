#pragma once

#include "cli/failure.hpp"

#include <string>
#include <string_view>

/// Rows of a streamed result as text.
namespace sluice::cli {

/// Lines of RFC 4180 for a part {"columns": […], "rows": […]} of a stream: NULL
/// is empty, a BLOB is x'…'.
/// @param has_header whether the names of the columns come first.
[[nodiscard]] result<std::string> csv_of(std::string_view part,
                                         bool has_header);

/// "name = value" for each value, and an empty line behind each row.
[[nodiscard]] result<std::string> lines_of(std::string_view part);

} // namespace sluice::cli
