#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/exported_schema.hpp"
#include "storage/own_rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How many tokens the documents of an index of FTS5 have in each column.
/// https://www.sqlite.org/fts5.html#fts5_data_structures
namespace sluice::storage {

/// A number for each column of a table.
using token_counts = std::vector<std::uint64_t>;

/// Integers as SQLite writes them one behind the other.
/// https://www.sqlite.org/fileformat.html#varint
/// @return nothing where the bytes end in the middle of one.
[[nodiscard]] std::optional<token_counts> read_varints(std::string_view bytes);

/// The column that stands in a row of `read_index_words`; nothing where the
/// index does not tell.
[[nodiscard]] std::optional<std::size_t>
column_of_word(const exported_table& table, sqlite3_stmt* row, int index);

/// The shadow table with the sizes, if the index keeps them.
[[nodiscard]] std::string sizes_table_of(const exported_table& table);

/// Whether the index does: not with columnsize=0.
[[nodiscard]] codec::result<bool> keeps_sizes(connection& source,
                                              const exported_table& table);

/// Sizes as the index has them.
class kept_sizes {
public:
  struct document {
    std::int64_t id = 0;
    token_counts sizes;
  };

  /// @return nothing where the index keeps none (columnsize=0).
  [[nodiscard]] static codec::result<std::optional<kept_sizes>>
  open(connection& source, const exported_table& table);

  /// The next document, by id; nothing behind the last.
  [[nodiscard]] codec::result<std::optional<document>> next();

private:
  kept_sizes(own_rows rows, std::size_t columns);

  own_rows rows_;
  std::size_t columns_;
};

/// Sizes for documents of an index that keeps none, only how many tokens all of
/// them have, which the rank is made of. Each gets a part of that by how many
/// words the index has of it.
class shared_sizes {
public:
  /// @param words as of `read_index_words`.
  [[nodiscard]] static codec::result<shared_sizes>
  read(connection& source, const exported_table& table,
       const std::string& words);

  /// For the documents in any order, each once.
  /// @param words how many different ones it has in each column.
  [[nodiscard]] token_counts next(const token_counts& words);
  /// The same where no columns are known.
  [[nodiscard]] token_counts next(std::uint64_t words);

  /// How many documents have no word at all.
  [[nodiscard]] std::uint64_t documents_without_words() const noexcept {
    return documents_without_words_;
  }

private:
  token_counts tokens_;
  token_counts words_;
  token_counts words_met_;
  std::uint64_t documents_without_words_ = 0;
};

} // namespace sluice::storage
