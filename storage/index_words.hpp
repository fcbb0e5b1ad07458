#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <cstdint>
#include <string>

namespace sluice::storage {

/// What is known of where a word stands in an index of FTS5, by its option
/// `detail`: its place, its column (`detail=column`), only its document
/// (`detail=none`).
enum class index_detail : std::uint8_t { place, column, document };

/// Reads the words of an index of FTS5 into a temporary table, with columns
/// doc, col (the column's name; an empty BLOB where the index does not tell),
/// place (from 0; -1 where it does not tell), word; by all of which it is
/// sorted.
/// https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module
/// @param of the index, in `schema`.
/// @param into the table, with its schema; it is not there yet.
/// @return SQLite's error, of an index that is broken, too.
[[nodiscard]] codec::result<void> read_index_words(connection& source,
                                                   const std::string& schema,
                                                   const std::string& of,
                                                   const std::string& into);

/// Of such a table; of one without a row it does not matter.
[[nodiscard]] codec::result<index_detail>
detail_of_index_words(connection& source, const std::string& words);

} // namespace sluice::storage
