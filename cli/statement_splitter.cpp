#include "cli/statement_splitter.hpp"

#include "cli/lower_case.hpp"

#include <algorithm>
#include <utility>

namespace sluice::cli {

namespace {

/// Longer words are no keywords that matter here.
constexpr auto keyword_bytes_max = std::size_t{9};

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What SQLite takes for a part of a name; all of UTF-8 beyond ASCII is.
bool is_word_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '$'
         || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

statement_splitter::statement_splitter(std::size_t bytes_max)
    : bytes_max_{bytes_max} {}

void statement_splitter::feed(std::string_view piece) {
  pending_.erase(0, position_);
  position_ = 0;
  pending_.append(piece);
}

std::optional<sql_statement> statement_splitter::next() {
  while (position_ < pending_.size() && !is_too_long_) {
    const auto c = pending_[position_++];
    const auto is_end = step(c);
    if (c == '\n')
      ++current_line_;
    is_too_long_ = text_.size() > bytes_max_;
    if (is_end && !is_too_long_)
      return take();
  }
  return std::nullopt;
}

std::optional<sql_statement> statement_splitter::finish() {
  if (lexical_ == lexical::dash)
    begin_token('-');
  else if (lexical_ == lexical::slash)
    begin_token('/');
  if (text_.empty() || is_too_long_)
    return std::nullopt;
  return take();
}

bool statement_splitter::is_too_long() const noexcept {
  return is_too_long_;
}

bool statement_splitter::has_begun() const noexcept {
  return !text_.empty() || lexical_ != lexical::plain;
}

std::size_t statement_splitter::line() const noexcept {
  return text_.empty() ? current_line_ : statement_line_;
}

bool statement_splitter::step(char c) {
  switch (lexical_) {
  case lexical::plain:
    return step_plain(c);
  case lexical::word:
    if (!is_word_part(c)) {
      end_word();
      return step_plain(c);
    }
    begin_token(c);
    if (word_.size() <= keyword_bytes_max)
      word_.push_back(lower(c));
    return false;
  case lexical::quoted:
    // A doubled quote ends the text and begins it again at once.
    keep(c);
    if (c == quote_)
      lexical_ = lexical::plain;
    return false;
  case lexical::dash:
  case lexical::slash: {
    const auto first = lexical_ == lexical::dash ? '-' : '/';
    if (c == (first == '-' ? '-' : '*')) {
      keep(first);
      keep(c);
      lexical_ = first == '-' ? lexical::line_comment : lexical::block_comment;
      return false;
    }
    begin_token(first);
    other_token();
    return step_plain(c);
  }
  default:
    step_comment(c);
    return false;
  }
}

bool statement_splitter::step_plain(char c) {
  lexical_ = lexical::plain;
  if (is_blank(c)) {
    keep(c);
  } else if (c == ';') {
    // A semicolon alone is no statement.
    keep(c);
    return !text_.empty() && semicolon_token();
  } else if (c == '-') {
    lexical_ = lexical::dash;
  } else if (c == '/') {
    lexical_ = lexical::slash;
  } else if (is_word_part(c)) {
    begin_token(c);
    word_.assign(1, lower(c));
    lexical_ = lexical::word;
  } else {
    begin_token(c);
    other_token();
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      quote_ = c == '[' ? ']' : c;
      lexical_ = lexical::quoted;
    }
  }
  return false;
}

void statement_splitter::step_comment(char c) {
  keep(c);
  if (lexical_ == lexical::line_comment) {
    if (c == '\n')
      lexical_ = lexical::plain;
  } else if (c == '*') {
    lexical_ = lexical::star;
  } else {
    lexical_ = lexical_ == lexical::star && c == '/' ? lexical::plain
                                                     : lexical::block_comment;
  }
}

void statement_splitter::begin_token(char c) {
  if (text_.empty())
    statement_line_ = current_line_;
  text_.push_back(c);
}

void statement_splitter::end_word() {
  const auto is_temp = word_ == "temp" || word_ == "temporary";
  if (progress_ == progress::semicolon && word_ == "end")
    progress_ = progress::end;
  else if (progress_ == progress::start && word_ == "explain")
    progress_ = progress::explain;
  else if ((progress_ == progress::start || progress_ == progress::explain)
           && word_ == "create")
    progress_ = progress::create;
  else if (progress_ == progress::create && word_ == "trigger")
    progress_ = progress::trigger;
  else if (progress_ != progress::create || !is_temp)
    other_token();
}

void statement_splitter::other_token() {
  switch (progress_) {
  case progress::explain:
    // EXPLAIN QUERY PLAN CREATE TRIGGER …
    break;
  case progress::trigger:
  case progress::semicolon:
  case progress::end:
    progress_ = progress::trigger;
    break;
  default:
    progress_ = progress::normal;
  }
}

bool statement_splitter::semicolon_token() {
  if (progress_ == progress::trigger || progress_ == progress::semicolon) {
    progress_ = progress::semicolon;
    return false;
  }
  return true;
}

void statement_splitter::keep(char c) {
  if (!text_.empty())
    text_.push_back(c);
}

sql_statement statement_splitter::take() {
  while (is_blank(text_.back()))
    text_.pop_back();
  progress_ = progress::start;
  lexical_ = lexical::plain;
  return {std::exchange(text_, {}), statement_line_};
}

} // namespace sluice::cli
