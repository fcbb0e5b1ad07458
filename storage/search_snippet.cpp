#include "storage/search_snippet.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string_view>
#include <vector>

namespace sluice::storage {

namespace {

/// Finds the first words of sentences.
class sentence_finder {
public:
  explicit sentence_finder(std::string_view text) noexcept : text_{text} {
    // nop
  }

  static int on_token(void* self, int flags, const char*, int, int begin,
                      int) noexcept {
    if ((flags & FTS5_TOKEN_COLOCATED) != 0)
      return SQLITE_OK;
    auto& to = *static_cast<sentence_finder*>(self);
    if (to.look_.is_past())
      return SQLITE_INTERRUPT;
    const auto word = to.words_++;
    if (word > 0 && !to.begins_sentence(begin))
      return SQLITE_OK;
    try {
      to.beginnings_.push_back(word);
      return SQLITE_OK;
    } catch (const std::bad_alloc&) {
      return SQLITE_NOMEM;
    }
  }

  [[nodiscard]] std::span<const int> beginnings() const noexcept {
    return beginnings_;
  }

private:
  /// Whether blanks are before it, and a full stop or a colon before these.
  [[nodiscard]] bool begins_sentence(int begin) const noexcept {
    const auto before = text_.substr(0, static_cast<std::size_t>(begin));
    const auto last = before.find_last_not_of(" \t\n\r");
    return last != std::string_view::npos && last + 1 < before.size()
           && (before[last] == '.' || before[last] == ':');
  }

  std::string_view text_;
  std::vector<int> beginnings_;
  int words_ = 0;
  deadline_look look_;
};

/// The instances within some words; moves forwards only, so that all moves
/// together take as long as there are instances.
class snippet_window {
public:
  snippet_window(std::span<const phrase_instance> all, int phrases)
      : all_{all}, counts_(static_cast<std::size_t>(std::max(phrases, 0))) {
    // nop
  }

  /// @param first not below the one of the last move.
  void move(std::int64_t first, std::int64_t words) noexcept {
    for (; end_ < all_.size() && all_[end_].word < first + words; ++end_)
      if (count_of(all_[end_])++ == 0)
        ++phrases_;
    for (; begin_ < end_ && all_[begin_].word < first; ++begin_)
      if (--count_of(all_[begin_]) == 0)
        --phrases_;
    // Where it was empty all the time.
    begin_ = std::min(begin_, end_);
  }

  /// A phrase counts much, its repetitions little.
  [[nodiscard]] std::int64_t score() const noexcept {
    return 999 * phrases_ + static_cast<std::int64_t>(end_ - begin_);
  }

  [[nodiscard]] std::span<const phrase_instance> instances() const noexcept {
    return all_.subspan(begin_, end_ - begin_);
  }

private:
  std::uint32_t& count_of(const phrase_instance& one) noexcept {
    return counts_[static_cast<std::size_t>(one.phrase)];
  }

  std::span<const phrase_instance> all_;
  std::vector<std::uint32_t> counts_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t phrases_ = 0;
};

/// The instances in the middle of the snippet, as far as the text goes on.
int centred(const search_row& row, std::span<const phrase_instance> inside,
            std::int64_t words, std::int64_t column_words) noexcept {
  if (inside.empty())
    return 0;
  const auto first = std::int64_t{inside.front().word};
  const auto end
      = std::int64_t{inside.back().word} + row.size_of(inside.back().phrase);
  const auto from = first - (words - (end - first)) / 2;
  return static_cast<int>(
      std::clamp<std::int64_t>(std::min(from, column_words - words), 0,
                               std::numeric_limits<int>::max()));
}

} // namespace

snippet_choice::snippet_choice(const search_row& row,
                               const search_instances& instances, int words)
    : row_{row}, instances_{instances}, words_{words} {
  // nop
}

int snippet_choice::choose(int column) {
  best_.column = std::max(column, 0);
  const auto columns = row_.api.xColumnCount(row_.context);
  for (auto i = 0; i < columns; ++i)
    if (column < 0 || column == i)
      if (const auto done = look_at_column(i); done != SQLITE_OK)
        return done;
  return SQLITE_OK;
}

int snippet_choice::look_at_column(int column) {
  const char* text = nullptr;
  auto bytes = 0;
  const auto& [api, context] = row_;
  auto done = api.xColumnText(context, column, &text, &bytes);
  if (done != SQLITE_OK)
    return done;
  auto sentences = sentence_finder{
      text == nullptr
          ? std::string_view{}
          : std::string_view{text, static_cast<std::size_t>(bytes)}};
  done = api.xTokenize(context, text, bytes, &sentences,
                       sentence_finder::on_token);
  auto column_words = 0;
  if (done == SQLITE_OK)
    done = api.xColumnSize(context, column, &column_words);
  if (done != SQLITE_OK)
    return done;
  const auto inside = instances_.of_column(column);
  const auto phrases = api.xPhraseCount(context);
  auto here = snippet_window{inside, phrases};
  auto from_sentence = snippet_window{inside, phrases};
  const auto take_better = [&](std::int64_t score, int first_word) {
    if (score <= best_score_)
      return;
    best_score_ = score;
    best_ = {column, first_word, column_words};
  };
  auto beginnings = sentences.beginnings();
  for (const auto& one : inside) {
    if (one.word > column_words)
      return SQLITE_CORRUPT_VTAB;
    if (look_.is_past())
      return SQLITE_INTERRUPT;
    here.move(one.word, words_);
    take_better(here.score(),
                centred(row_, here.instances(), words_, column_words));
    if (beginnings.empty() || column_words <= words_)
      continue;
    while (beginnings.size() > 1 && beginnings[1] <= one.word)
      beginnings = beginnings.subspan(1);
    if (const auto first = beginnings.front(); first < one.word) {
      from_sentence.move(first, words_);
      take_better(from_sentence.score() + (first == 0 ? 120 : 100), first);
    }
  }
  return SQLITE_OK;
}

} // namespace sluice::storage
