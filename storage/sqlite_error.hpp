#pragma once

#include "codec/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

struct sqlite3;

/// SQLite's result codes in the words of the protocol.
namespace sluice::storage {

/// The name of a primary or extended result code, e.g. "SQLITE_CONSTRAINT" or
/// "SQLITE_CONSTRAINT_UNIQUE" (https://www.sqlite.org/rescode.html).
[[nodiscard]] std::string_view result_code_name(int code) noexcept;

/// Which of the protocol's errors a primary or extended result code is.
[[nodiscard]] codec::error_code classify(int code) noexcept;

/// Whose fault a primary or extended result code is, as far as it tells. Of
/// SQLITE_CORRUPT it is the file's, but for the indexes of virtual tables,
/// which clients can damage by SQL alone (SQLITE_CORRUPT_VTAB).
[[nodiscard]] codec::fault_kind fault_of(int code) noexcept;

/// Words the last error of a connection as D1 does: the message, the offset
/// where SQLite knows one, the primary code's name, and the extended code's
/// name where it differs; or the bound of the request that was reached
/// (request_bounds). Call it before anything else on the handle.
/// @param begins_at where the compiled text begins in the client's, from which
///   the offset counts.
[[nodiscard]] codec::error last_error(sqlite3* db, std::size_t begins_at = 0);

/// The same for a result code without a usable handle.
[[nodiscard]] codec::error error_of(int code, std::string_view context);

} // namespace sluice::storage
