#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// SQL values as they travel from a request to SQLite.
namespace sluice::codec {

/// The bytes of a BLOB.
struct blob {
  std::vector<std::byte> bytes;
  bool operator==(const blob&) const = default;
};

/// One bound parameter: NULL, INTEGER, REAL, TEXT or BLOB.
using value
    = std::variant<std::monostate, std::int64_t, double, std::string, blob>;

/// Positional parameters (JSON array).
using positional_parameters = std::vector<value>;

/// Named parameters (JSON object); names as the client wrote them, with or
/// without the leading `:`, `@` or `$`.
using named_parameters = std::vector<std::pair<std::string, value>>;

using parameters = std::variant<positional_parameters, named_parameters>;

} // namespace sluice::codec
