#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/exported_schema.hpp"
#include "storage/insert_writer.hpp"

#include <cstddef>

namespace sluice::storage {

/// Rows for a table of FTS5 that keeps no texts (content=''): texts of what its
/// index has, which make the same index again. That they do is tried before,
/// with a temporary table. Where no plain text does, e.g. where the tokenizer
/// cuts off the ends of words, they are lists of tokens (fts5_tokens.hpp),
/// which only Sluice understands.
///
/// What the route reads are temporary tables of `source`, there until it is
/// closed.
/// @param number no other call for this source has it.
/// @return `bad_request` where the parts of the index do not fit together.
[[nodiscard]] codec::result<row_route>
make_contentless_rows(connection& source, const exported_table& table,
                      std::size_t number);

} // namespace sluice::storage
