#include "cli/shell_words.hpp"

#include "cli/database_tables.hpp"
#include "cli/lower_case.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sluice::cli {

namespace {

constexpr auto commands = std::array<std::string_view, 7>{
    ".databases", ".exit", ".help", ".mode", ".quit", ".schema", ".tables"};

constexpr auto mode_names
    = std::array<std::string_view, 4>{"csv", "json", "line", "table"};

// Those that people write; of SQLite's list, https://sqlite.org/lang_keywords.
constexpr auto keywords = std::to_array<std::string_view>({
    "ABORT",      "ADD",        "AFTER",
    "ALTER",      "ANALYZE",    "AND",
    "AS",         "ASC",        "AUTOINCREMENT",
    "BEFORE",     "BETWEEN",    "BY",
    "CASCADE",    "CASE",       "CAST",
    "CHECK",      "COLLATE",    "COLUMN",
    "CONFLICT",   "CONSTRAINT", "CREATE",
    "CROSS",      "DEFAULT",    "DEFERRABLE",
    "DEFERRED",   "DELETE",     "DESC",
    "DISTINCT",   "DO",         "DROP",
    "ELSE",       "END",        "ESCAPE",
    "EXCEPT",     "EXISTS",     "EXPLAIN",
    "FILTER",     "FOREIGN",    "FROM",
    "FULL",       "GENERATED",  "GLOB",
    "GROUP",      "HAVING",     "IGNORE",
    "INDEX",      "INNER",      "INSERT",
    "INSTEAD",    "INTERSECT",  "INTO",
    "IS",         "ISNULL",     "JOIN",
    "KEY",        "LEFT",       "LIKE",
    "LIMIT",      "MATCH",      "NATURAL",
    "NOT",        "NOTHING",    "NULL",
    "OFFSET",     "ON",         "OR",
    "ORDER",      "OUTER",      "OVER",
    "PARTITION",  "PLAN",       "PRAGMA",
    "PRIMARY",    "QUERY",      "RECURSIVE",
    "REFERENCES", "REPLACE",    "RETURNING",
    "RIGHT",      "ROWID",      "SELECT",
    "SET",        "TABLE",      "TRIGGER",
    "UNION",      "UNIQUE",     "UPDATE",
    "USING",      "VALUES",     "VIEW",
    "VIRTUAL",    "WHERE",
});

bool is_word(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9')
         || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, lower,
                            lower);
}

std::string in_lower_case(std::string_view text) {
  auto result = std::string{text};
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

/// What all of them begin with, without regard to case.
std::string common_beginning(const std::vector<std::string>& texts) {
  if (texts.empty())
    return {};
  auto result = texts.front();
  for (const auto& text : texts) {
    const auto [end, _] = std::ranges::mismatch(result, text, {}, lower, lower);
    result.erase(end, result.end());
  }
  return result;
}

void add_matches(std::vector<std::string>& to,
                 std::span<const std::string_view> words,
                 std::string_view prefix) {
  for (const auto word : words)
    if (begins_with(word, prefix))
      to.emplace_back(word);
}

/// The word that the cursor stands at the end of.
std::string_view last_word(std::string_view text) {
  auto begin = text.size();
  while (begin > 0 && is_word(text[begin - 1]))
    --begin;
  return text.substr(begin);
}

void complete_sql(completion& result, std::string_view word,
                  const std::vector<std::string>& tables) {
  for (const auto& table : tables)
    if (begins_with(table, word))
      result.candidates.push_back(
          std::ranges::all_of(table, is_word) ? table : quoted_name(table));
  // Keywords as the word has begun: small or large.
  const auto is_lower = !word.empty() && word.front() >= 'a';
  for (const auto keyword : keywords)
    if (begins_with(keyword, word))
      result.candidates.push_back(is_lower ? in_lower_case(keyword)
                                           : std::string{keyword});
}

} // namespace

completion complete(std::string_view before_cursor,
                    const std::vector<std::string>& tables) {
  auto result = completion{};
  auto word = last_word(before_cursor);
  const auto is_command = before_cursor.starts_with('.');
  if (is_command && before_cursor.find(' ') == std::string_view::npos) {
    word = before_cursor;
    add_matches(result.candidates, commands, word);
  } else if (before_cursor.starts_with(".mode ")) {
    add_matches(result.candidates, mode_names, word);
  } else if (is_command) {
    for (const auto& table : tables)
      if (begins_with(table, word))
        result.candidates.push_back(table);
  } else if (!word.empty()) {
    complete_sql(result, word, tables);
  }
  result.replaced_bytes = word.size();
  result.text = common_beginning(result.candidates);
  // Never less than what is there.
  if (result.text.size() < word.size())
    result.text = word;
  return result;
}

} // namespace sluice::cli
