#include "cli/dump_statement.hpp"

#include "cli/lower_case.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace sluice::cli {

namespace {

bool is_name_part(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9')
         || c == '_';
}

/// Takes the next word off the front, in lower case; what is none before it is
/// left out.
std::string take_word(std::string_view& sql) {
  const auto* const begin = std::ranges::find_if(sql, is_name_part);
  sql.remove_prefix(static_cast<std::size_t>(begin - sql.begin()));
  const auto* const end = std::ranges::find_if_not(sql, is_name_part);
  auto result = std::string{sql.begin(), end};
  sql.remove_prefix(result.size());
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

/// What begins with "pragma" is that, and without it its name and the rest.
std::string take_pragma_name(std::string_view& rest) {
  auto name = take_word(rest);
  if (name == "main" && rest.starts_with('.'))
    name = take_word(rest);
  return name;
}

/// They say how the program sqlite3 works with a file, or how the file is.
constexpr auto of_connection_names = std::array<std::string_view, 14>{
    "analysis_limit", "application_id",    "auto_vacuum",   "busy_timeout",
    "cache_size",     "encoding",          "journal_mode",  "locking_mode",
    "mmap_size",      "page_size",         "secure_delete", "synchronous",
    "temp_store",     "wal_autocheckpoint"};
constexpr auto setting_names = std::array<std::string_view, 5>{
    "case_sensitive_like", "ignore_check_constraints", "legacy_alter_table",
    "recursive_triggers", "reverse_unordered_selects"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

dump_statement classify_pragma(std::string_view rest) {
  const auto name = take_pragma_name(rest);
  const auto value = take_word(rest);
  // A question is the server's to answer.
  if (value.empty())
    return dump_statement::ordinary;
  const auto is_on
      = value == "true" || value == "on" || value == "1" || value == "yes";
  if (name == "foreign_keys")
    return is_on ? dump_statement::keys_on : dump_statement::keys_off;
  if (name == "writable_schema")
    return dump_statement::writable_schema;
  if (is_one_of(name, setting_names))
    return dump_statement::setting;
  if (is_one_of(name, of_connection_names))
    return dump_statement::of_connection;
  if (name != "defer_foreign_keys")
    return dump_statement::ordinary;
  return is_on ? dump_statement::check_later : dump_statement::check_now;
}

/// In any case of letters, within quotes too.
bool contains_word(std::string_view sql, std::string_view word) {
  return std::ranges::search(sql, word, {}, lower).begin() != sql.end();
}

} // namespace

dump_statement classify_dump_statement(std::string_view sql) {
  const auto first = take_word(sql);
  if (first == "begin" || first == "commit" || first == "end")
    return dump_statement::transaction;
  if (first == "rollback")
    return dump_statement::rollback;
  return first == "pragma" ? classify_pragma(sql) : dump_statement::ordinary;
}

std::string pragma_name(std::string_view sql) {
  take_word(sql);
  return take_pragma_name(sql);
}

bool only_adds(std::string_view sql) {
  const auto whole = sql;
  const auto first = take_word(sql);
  const auto second = take_word(sql);
  // `ON CONFLICT REPLACE` deletes rows, and a trigger may do anything.
  const auto may_delete
      = contains_word(whole, "conflict") || contains_word(whole, "trigger");
  if (first == "create" || first == "insert")
    return !may_delete && (first == "create" || second == "into");
  // As sqlite3's .dump has it.
  return first == "pragma"
         || (first == "delete" && second == "from"
             && take_word(sql) == "sqlite_sequence" && take_word(sql).empty());
}

bool makes_something(std::string_view sql) {
  return take_word(sql) == "create";
}

int tables_more(std::string_view sql) {
  const auto first = take_word(sql);
  if (take_word(sql) != "table")
    return 0;
  return first == "create" ? 1 : first == "drop" ? -1 : 0;
}

} // namespace sluice::cli
