#pragma once

#include "cli/client.hpp"
#include "cli/failure.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Fetches the bytes of a database's file, as they are at one commit, and shows
/// on a terminal how far it is.
/// @param on_part takes them, a part at a time; a failure ends it.
/// @return how many there are; a failure where not all of them came.
[[nodiscard]] result<std::uint64_t>
fetch_database(client& server, const std::string& database,
               const std::function<result<void>(std::string_view)>& on_part);

} // namespace sluice::cli
