#include "storage/search_highlight.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

namespace sluice::storage {

void search_text_deleter::operator()(sqlite3_str* text) const noexcept {
  sqlite3_free(sqlite3_str_finish(text));
}

search_highlight::search_highlight(sqlite3* db, const search_row& row,
                                   std::string_view text, const marks& around)
    : row_{row}, text_{text}, marks_{around}, out_{sqlite3_str_new(db)} {
  // nop
}

void search_highlight::append(const char* added) noexcept {
  if (added != nullptr)
    sqlite3_str_appendall(out_.get(), added);
}

int search_highlight::copy(std::span<const phrase_instance> instances,
                           const range& words) noexcept {
  rest_ = instances;
  range_ = words;
  to_next_match();
  while (match_first_ >= 0 && match_first_ < words.first)
    to_next_match();
  const auto done
      = row_.api.xTokenize(row_.context, text_.data(),
                           static_cast<int>(text_.size()), this, on_token);
  if (is_open_)
    append(marks_.close);
  return done;
}

void search_highlight::copy_rest() noexcept {
  copy_to(static_cast<int>(text_.size()));
}

void search_highlight::give(sqlite3_context* result) noexcept {
  switch (sqlite3_str_errcode(out_.get())) {
  case SQLITE_OK:
    break;
  case SQLITE_TOOBIG:
    sqlite3_result_error_toobig(result);
    return;
  default:
    sqlite3_result_error_nomem(result);
    return;
  }
  const auto bytes = sqlite3_str_length(out_.get());
  if (bytes == 0)
    sqlite3_result_text(result, "", 0, SQLITE_STATIC);
  else
    sqlite3_result_text(result, sqlite3_str_finish(out_.release()), bytes,
                        sqlite3_free);
}

int search_highlight::on_token(void* self, int flags, const char*, int,
                               int begin, int end) noexcept {
  if ((flags & FTS5_TOKEN_COLOCATED) != 0)
    return SQLITE_OK;
  auto& to = *static_cast<search_highlight*>(self);
  if (to.look_.is_past())
    return SQLITE_INTERRUPT;
  const auto word = to.word_++;
  if (to.range_.last >= 0) {
    if (word < to.range_.first)
      return SQLITE_OK;
    if (word > to.range_.last)
      return SQLITE_DONE;
    if (to.range_.first > 0 && word == to.range_.first)
      to.copied_ = begin;
  }
  to.take_word(word, begin, end);
  return sqlite3_str_errcode(to.out_.get());
}

void search_highlight::take_word(int word, int begin, int end) noexcept {
  // A mark stays open up to the next word that is not in the same bytes.
  if (is_open_ && (word <= match_first_ || match_first_ < 0) && begin > copied_)
    close();
  if (word == match_first_ && !is_open_) {
    copy_to(begin);
    append(marks_.open);
    is_open_ = true;
  }
  if (word == match_last_) {
    // It began before the range.
    if (!is_open_)
      append(marks_.open);
    is_open_ = true;
    copy_to(end);
    to_next_match();
  }
  if (word == range_.last) {
    if (is_open_) {
      if (match_first_ >= 0 && word >= match_first_)
        copy_to(end);
      close();
    }
    copy_to(end);
  }
}

void search_highlight::to_next_match() noexcept {
  match_first_ = match_last_ = -1;
  for (; !rest_.empty(); rest_ = rest_.subspan(1)) {
    const auto& next = rest_.front();
    const auto last = next.word - 1 + row_.size_of(next.phrase);
    if (match_first_ < 0) {
      match_first_ = next.word;
      match_last_ = last;
    } else if (next.word <= match_last_) {
      match_last_ = std::max(match_last_, last);
    } else {
      return;
    }
  }
}

/// Ends at a NUL, as SQLite's own does.
void search_highlight::copy_to(int end) noexcept {
  if (end > copied_) {
    const auto part = text_.substr(static_cast<std::size_t>(copied_),
                                   static_cast<std::size_t>(end - copied_));
    const auto whole = part.substr(0, part.find('\0'));
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): has a size.
    sqlite3_str_append(out_.get(), whole.data(),
                       static_cast<int>(whole.size()));
  }
  copied_ = end;
}

void search_highlight::close() noexcept {
  append(marks_.close);
  is_open_ = false;
}

} // namespace sluice::storage
