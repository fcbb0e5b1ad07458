#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// One SQL statement and where it begins.
struct sql_statement {
  /// From its first word to its semicolon.
  std::string text;
  /// Line of the first word, from 1.
  std::size_t line = 1;
};

/// Cuts SQL text that arrives in pieces of any size into statements, with
/// SQLite's rules (https://www.sqlite.org/c3ref/complete.html): semicolons in
/// texts, quoted names, comments and bodies of triggers end no statement.
/// Blanks and comments between statements are dropped.
///
///     splitter.feed(piece);
///     while (auto statement = splitter.next()) …
///     // after the last piece:
///     auto rest = splitter.finish();
class statement_splitter {
public:
  /// @param bytes_max the longest statement that is kept in memory.
  explicit statement_splitter(std::size_t bytes_max);

  /// Adds text; takes it all. Call when `next` has nothing more.
  void feed(std::string_view piece);

  /// The next statement that is complete, without the ones before.
  [[nodiscard]] std::optional<sql_statement> next();

  /// What is left when the text is over: a statement without a semicolon, or
  /// one whose quotes, comment or trigger is not closed.
  [[nodiscard]] std::optional<sql_statement> finish();

  /// Whether a statement exceeds the limit; then nothing comes any more, and
  /// `line` is where it begins.
  [[nodiscard]] bool is_too_long() const noexcept;

  /// Whether there is a statement that is not complete.
  [[nodiscard]] bool has_begun() const noexcept;

  /// Where the statement begins that is being read, from 1.
  [[nodiscard]] std::size_t line() const noexcept;

private:
  /// Where in a text a character stands.
  enum class lexical : std::uint8_t {
    plain,
    word,
    quoted, ///< Until `quote_`, doubled or not.
    dash,   ///< After a -, which may begin a comment.
    line_comment,
    slash, ///< After a /, which may begin a comment.
    block_comment,
    star, ///< After a * in a comment, which may end it.
  };

  /// What a statement is so far; see sqlite3_complete().
  enum class progress : std::uint8_t {
    start,     ///< Nothing but blanks.
    normal,    ///< No trigger: the next semicolon ends it.
    explain,   ///< EXPLAIN at the start.
    create,    ///< CREATE, and maybe TEMP, at the start.
    trigger,   ///< In the body of a trigger.
    semicolon, ///< In a trigger, after a semicolon.
    end,       ///< In a trigger, after a semicolon and END.
  };

  /// Handles one character; true if it ends a statement.
  bool step(char c);
  bool step_plain(char c);
  void step_comment(char c);
  void begin_token(char c);
  void end_word();
  /// A token that is neither a word nor a semicolon.
  void other_token();
  bool semicolon_token();
  void keep(char c);
  sql_statement take();

  std::size_t bytes_max_;
  /// Text that was fed and not looked at yet.
  std::string pending_;
  std::size_t position_ = 0;
  /// The statement so far.
  std::string text_;
  /// The word so far, as far as it can be a keyword.
  std::string word_;
  char quote_ = 0;
  lexical lexical_ = lexical::plain;
  progress progress_ = progress::start;
  std::size_t current_line_ = 1;
  std::size_t statement_line_ = 1;
  bool is_too_long_ = false;
};

} // namespace sluice::cli
