#include "storage/schema_text.hpp"

#include "storage/letter_case.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::storage {

namespace {

enum class place : std::uint8_t {
  code,
  quotes,
  line_comment,
  block_comment,
};

/// Goes through a text of SQL, and knows what is where.
class text_walk {
public:
  explicit text_walk(std::string_view sql) noexcept : sql_{sql} {
    // nop
  }

  /// Goes on by one character, or by two that belong together.
  /// @return false at the end.
  bool next() noexcept {
    if (at_ >= sql_.size())
      return false;
    switch (where_) {
    case place::code:
      enter();
      break;
    case place::quotes:
      // A quote that is doubled ends the text and begins it again.
      leave_at(end_);
      break;
    case place::line_comment:
      leave_at('\n');
      break;
    case place::block_comment:
      if (is_pair("*/"))
        leave();
      break;
    }
    ++at_;
    return true;
  }

  [[nodiscard]] std::size_t at() const noexcept {
    return at_;
  }
  [[nodiscard]] place where() const noexcept {
    return where_;
  }

private:
  void enter() noexcept {
    const auto c = sql_[at_];
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      where_ = place::quotes;
      end_ = c == '[' ? ']' : c;
    } else if (is_pair("--")) {
      where_ = place::line_comment;
      ++at_;
    } else if (is_pair("/*")) {
      where_ = place::block_comment;
      ++at_;
    }
  }
  void leave() noexcept {
    where_ = place::code;
    ++at_;
  }
  void leave_at(char end) noexcept {
    if (sql_[at_] == end)
      where_ = place::code;
  }
  [[nodiscard]] bool is_pair(std::string_view pair) const noexcept {
    return sql_.substr(at_).starts_with(pair);
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  place where_ = place::code;
  char end_ = '\0';
};

/// Whether a line says `go` or `/`, and nothing else.
bool is_terminator(std::string_view line) noexcept {
  constexpr auto blanks = std::string_view{" \t\r\f\v"};
  const auto begin = line.find_first_not_of(blanks);
  if (begin == line.npos)
    return false;
  line = line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
  return line == "/"
         || (line.size() == 2 && lower_case(line[0]) == 'g'
             && lower_case(line[1]) == 'o');
}

} // namespace

std::string as_statement(std::string_view definition) {
  auto walk = text_walk{definition};
  while (walk.next())
    ;
  auto result = std::string{definition};
  if (walk.where() == place::block_comment)
    result += "*/";
  return result + (walk.where() == place::line_comment ? "\n;\n" : ";\n");
}

std::string_view misread_by_shell(std::string_view definition) noexcept {
  constexpr auto trigger = std::string_view{"create trigger"};
  const auto is_trigger
      = definition.size() > trigger.size()
        && std::ranges::equal(definition.substr(0, trigger.size()), trigger, {},
                              lower_case);
  auto walk = text_walk{definition};
  auto line = std::size_t{0};
  auto is_whole = true;
  while (walk.at() < definition.size()) {
    const auto at = walk.at();
    const auto where = walk.where();
    const auto ends = definition[at] == '\n';
    if (ends && where == place::quotes && at > 0 && definition[at - 1] == '\r')
      return "a text with a carriage return before a line feed, which it reads "
             "as a line feed";
    // In a trigger it waits for END.
    if (ends && is_whole && !is_trigger
        && is_terminator(definition.substr(line, at - line)))
      return "a line that it takes for the end of the statement";
    if (ends) {
      line = at + 1;
      is_whole = where == place::code || where == place::line_comment;
    }
    walk.next();
  }
  return {};
}

} // namespace sluice::storage
