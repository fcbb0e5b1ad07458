#pragma once

#include "codec/json_writer.hpp"
#include "storage/statement.hpp"

#include <cstddef>
#include <cstdint>

/// Result rows as JSON, straight from SQLite.
namespace sluice::storage {

/// ["id","name"]; an empty statement has none.
void write_columns(codec::json_writer& out, statement& run);

/// What became of a row.
enum class row_outcome : std::uint8_t {
  written,
  too_large, ///< Left out in part: `out` would hold more than it may.
  failed,    ///< SQLite could not give a value; the connection has the error.
};

/// The row that `run` has just stepped to: [7,"Ann"]. Each of its values may
/// be as long as limits.row_bytes_max, so the bound is looked at for each.
/// @param bytes_max what `out` may hold in the end.
[[nodiscard]] row_outcome write_row_as_array(codec::json_writer& out,
                                             statement& run,
                                             std::size_t bytes_max);

/// The same: {"id":7,"name":"Ann"}.
[[nodiscard]] row_outcome write_row_as_object(codec::json_writer& out,
                                              statement& run,
                                              std::size_t bytes_max);

/// The members of such an object, without its braces: BOOLEAN columns as true
/// and false, and so an expression whose name ends in `?`, which is left out.
[[nodiscard]] row_outcome write_row_members(codec::json_writer& out,
                                            statement& run,
                                            std::size_t bytes_max);

} // namespace sluice::storage
