#pragma once

#include "cli/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// The body of a request to `db.<db>.query` that executes `sql`: one statement
/// as it is, several as a batch, so that each has its result in the reply.
///
/// @param parameters texts as given on the command line; they belong to the
///   last statement.
/// @param format "ROWS_AND_COLUMNS" or "ARRAY_OF_OBJECTS".
[[nodiscard]] result<std::string>
query_body(std::string_view sql, const std::vector<std::string>& parameters,
           std::string_view format);

} // namespace sluice::cli
