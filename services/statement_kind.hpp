#pragma once

#include "codec/query_request.hpp"

#include <string_view>

namespace sluice::services {

/// Whether a statement looks as if it only read, from its first word: SELECT,
/// VALUES, WITH, EXPLAIN or PRAGMA. A guess that decides where a request goes
/// first; a reader that finds a statement that writes passes the request on to
/// the writer, and a writer can read.
[[nodiscard]] bool looks_like_read(std::string_view sql) noexcept;

/// Whether every statement of the request does.
[[nodiscard]] bool
looks_like_read(const codec::query_request& request) noexcept;

} // namespace sluice::services
