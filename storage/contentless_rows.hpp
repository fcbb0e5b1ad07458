#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/exported_schema.hpp"
#include "storage/insert_writer.hpp"

#include <cstddef>

namespace sluice::storage {

/// Rows for a table of FTS5 that keeps no texts (content=''): the words that
/// its index has, in their order, which make the same index again. That they do
/// is tried before, with a temporary table.
///
/// What the route reads are temporary tables of `source`, there until it is
/// closed.
/// @param number no other call for this source has it.
/// @return `bad_request` where the words make another index, e.g. those of
///   which the tokenizer has cut the ends off, or where the index does not have
///   their places (detail=column, detail=none, columnsize=0).
[[nodiscard]] codec::result<row_route>
make_contentless_rows(connection& source, const exported_table& table,
                      std::size_t number);

} // namespace sluice::storage
