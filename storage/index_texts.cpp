#include "storage/index_texts.hpp"

#include "storage/fts5_tokens.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace sluice::storage {

namespace {

using word_span = std::span<const indexed_word>;

/// Bytes of the character that the text begins with.
std::size_t first_character(std::string_view text) noexcept {
  auto bytes = std::size_t{1};
  while (bytes < text.size()
         && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
    ++bytes;
  return std::min(bytes, text.size());
}

void append_word(std::string& text, const std::string& word,
                 index_spelling spelling) {
  if (spelling == index_spelling::tokens) {
    append_token(text, word);
    return;
  }
  if (!text.empty())
    text += ' ';
  text += word;
}

void append_again(std::string& text, const std::string& word,
                  std::uint64_t times, index_spelling spelling) {
  if (times == 0)
    return;
  append_word(text, word, spelling);
  if (spelling == index_spelling::tokens) {
    if (times > 1)
      append_repeats(text, times - 1);
    return;
  }
  while (--times > 0)
    append_word(text, word, spelling);
}

/// A text of which every place is known.
/// @param size 0 where there is no word; nothing: it is not known.
std::optional<std::string> spell_places(word_span words,
                                        std::optional<std::uint64_t> size,
                                        index_spelling spelling) {
  auto result = std::string{};
  auto places = std::int64_t{0};
  for (const auto& word : words) {
    const auto is_next = word.place == places;
    const auto is_same = word.place + 1 == places;
    if (is_next && spelling == index_spelling::trigrams)
      result += word.text.substr(0, first_character(word.text));
    else if (is_next)
      append_word(result, word.text, spelling);
    else if (is_same && spelling == index_spelling::tokens)
      append_token_at_same_place(result, word.text);
    else
      return std::nullopt;
    places = word.place + 1;
  }
  if (spelling == index_spelling::trigrams && !words.empty())
    result += words.back().text.substr(first_character(words.back().text));
  if (size && *size != static_cast<std::uint64_t>(places))
    return std::nullopt;
  return result;
}

/// A text that has the words at least once, in any order.
/// @param filler what the rest of it may be made of.
std::string spell_words(word_span words, std::uint64_t size,
                        const std::string& filler, index_spelling spelling) {
  auto result = std::string{};
  for (const auto& word : words)
    append_word(result, word.text, spelling);
  append_again(result, filler, size - words.size(), spelling);
  return result;
}

const std::string& shortest(word_span words) {
  return std::ranges::min_element(
             words, {},
             [](const indexed_word& word) { return word.text.size(); })
      ->text;
}

/// The words of a column, which come one behind the other.
word_span words_in(const indexed_document& document, std::size_t column) {
  const auto found = std::ranges::equal_range(
      document.words, column, {},
      [](const indexed_word& word) { return word.column.value_or(0); });
  return {found.begin(), found.end()};
}

std::optional<std::string> spell_column(const indexed_document& document,
                                        std::size_t column, index_detail detail,
                                        index_spelling spelling) {
  const auto words = words_in(document, column);
  const auto size = document.sizes ? std::optional{(*document.sizes)[column]}
                                   : std::nullopt;
  if (detail == index_detail::place)
    return spell_places(words, size, spelling);
  if (!size || *size < words.size() || (*size > 0 && words.empty()))
    return std::nullopt;
  if (words.empty())
    return std::string{};
  return spell_words(words, *size, shortest(words), spelling);
}

/// Words of which only the document is known: from the first column on, as many
/// as each of them takes.
std::optional<std::vector<std::string>>
spell_document(const indexed_document& document, index_spelling spelling) {
  if (!document.sizes)
    return std::nullopt;
  auto rest = word_span{document.words};
  const auto room = std::accumulate(document.sizes->begin(),
                                    document.sizes->end(), std::uint64_t{0});
  if (rest.size() > room || (rest.empty() && room > 0))
    return std::nullopt;
  auto result = std::vector<std::string>{};
  for (const auto size : *document.sizes) {
    const auto count = std::min<std::uint64_t>(size, rest.size());
    result.push_back(size == 0
                         ? std::string{}
                         : spell_words(rest.first(count), size,
                                       shortest(document.words), spelling));
    rest = rest.subspan(count);
  }
  return result;
}

} // namespace

std::optional<std::vector<std::string>> spell(const indexed_document& document,
                                              std::size_t columns,
                                              index_detail detail,
                                              index_spelling spelling) {
  if (detail == index_detail::document)
    return spell_document(document, spelling);
  auto result = std::vector<std::string>{};
  for (auto column = std::size_t{0}; column < columns; ++column) {
    auto text = spell_column(document, column, detail, spelling);
    if (!text)
      return std::nullopt;
    result.push_back(std::move(*text));
  }
  return result;
}

} // namespace sluice::storage
