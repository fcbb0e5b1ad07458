#include "cli/dump_statement.hpp"

#include "cli/lower_case.hpp"

#include <algorithm>
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

dump_statement classify_pragma(std::string_view rest) {
  auto name = take_word(rest);
  if (name == "main" && rest.starts_with('.'))
    name = take_word(rest);
  const auto value = take_word(rest);
  // A question is the server's to answer.
  if (value.empty())
    return dump_statement::ordinary;
  if (name == "foreign_keys")
    return dump_statement::foreign_keys;
  if (name == "writable_schema")
    return dump_statement::writable_schema;
  if (name != "defer_foreign_keys")
    return dump_statement::ordinary;
  const auto is_on
      = value == "true" || value == "on" || value == "1" || value == "yes";
  return is_on ? dump_statement::check_later : dump_statement::check_now;
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

} // namespace sluice::cli
