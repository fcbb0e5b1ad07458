#pragma once

#include "storage/index_sizes.hpp"
#include "storage/index_words.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Texts for the documents of an index of FTS5 whose own texts are nowhere:
/// such that they make the same index again.
namespace sluice::storage {

/// How the texts are to be written.
enum class index_spelling : std::uint8_t {
  words,    ///< Each word, with blanks between them.
  trigrams, ///< What the words are parts of, three characters each.
  tokens,   ///< A list of fts5_tokens.hpp.
};

struct indexed_word {
  /// Nothing where the index does not tell.
  std::optional<std::size_t> column;
  /// -1 where it does not tell.
  std::int64_t place = 0;
  std::string text;
};

struct indexed_document {
  std::int64_t id = 0;
  /// By column and place.
  std::vector<indexed_word> words;
  /// Tokens of each column; nothing: as many as there are places.
  std::optional<token_counts> sizes;
};

/// @return a text for each column, or nothing where none makes what the index
///   has of the document.
[[nodiscard]] std::optional<std::vector<std::string>>
spell(const indexed_document& document, std::size_t columns,
      index_detail detail, index_spelling spelling);

} // namespace sluice::storage
