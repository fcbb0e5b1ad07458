#pragma once

#include "codec/json_writer.hpp"
#include "storage/statement.hpp"

/// Result rows as JSON, straight from SQLite.
namespace sluice::storage {

/// ["id","name"]; an empty statement has none.
void write_columns(codec::json_writer& out, statement& run);

/// The row that `run` has just stepped to: [7,"Ann"].
void write_row_as_array(codec::json_writer& out, statement& run);

/// The same: {"id":7,"name":"Ann"}.
void write_row_as_object(codec::json_writer& out, statement& run);

} // namespace sluice::storage
