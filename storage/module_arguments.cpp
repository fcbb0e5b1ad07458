#include "storage/module_arguments.hpp"

#include "storage/letter_case.hpp"
#include "storage/statement.hpp"

#include <algorithm>

namespace sluice::storage {

namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word_character(char c) noexcept {
  const auto lower = lower_case(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_'
         || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// What ends a text that begins so; 0: it begins none.
char closing_quote(char opening) noexcept {
  switch (opening) {
  case '\'':
  case '"':
  case '`':
    return opening;
  case '[':
    return ']';
  default:
    return 0;
  }
}

/// Bytes of the quoted text that `sql` begins with; doubled quotes belong to
/// it.
std::size_t quoted_bytes(std::string_view sql, char quote) {
  for (auto at = std::size_t{1}; at < sql.size(); ++at) {
    if (sql[at] != quote)
      continue;
    if (quote != ']' && at + 1 < sql.size() && sql[at + 1] == quote)
      ++at;
    else
      return at + 1;
  }
  return sql.size();
}

std::string without_quotes(std::string_view text) {
  if (text.empty())
    return {};
  const auto quote = closing_quote(text.front());
  if (quote == 0 || text.size() < 2)
    return std::string{text};
  const auto inner = text.substr(1, quoted_bytes(text, quote) - 2);
  auto result = std::string{};
  for (auto at = std::size_t{0}; at < inner.size(); ++at) {
    if (quote != ']' && inner[at] == quote)
      ++at;
    if (at < inner.size())
      result.push_back(inner[at]);
  }
  return result;
}

/// Takes the next token off the front of `sql`.
std::string_view take_token(std::string_view& sql) {
  sql = skip_blank(sql);
  if (sql.empty())
    return {};
  auto bytes = std::size_t{1};
  if (const auto quote = closing_quote(sql.front()); quote != 0)
    bytes = quoted_bytes(sql, quote);
  else if (is_word_character(sql.front()))
    bytes = static_cast<std::size_t>(
        std::ranges::find_if_not(sql, is_word_character) - sql.begin());
  const auto result = sql.substr(0, bytes);
  sql.remove_prefix(bytes);
  return result;
}

/// Splits at the commas that stand in neither quotes nor parentheses, up to the
/// parenthesis that closes the list.
std::vector<std::string> split_arguments(std::string_view text) {
  auto result = std::vector<std::string>{};
  auto depth = 0;
  auto begin = std::size_t{0};
  auto at = std::size_t{0};
  const auto take = [&] {
    if (const auto one = trimmed(text.substr(begin, at - begin)); !one.empty())
      result.emplace_back(one);
    begin = at + 1;
  };
  for (; at < text.size(); ++at) {
    const auto c = text[at];
    if (const auto quote = closing_quote(c); quote != 0) {
      at += quoted_bytes(text.substr(at), quote) - 1;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      if (depth-- == 0)
        break;
    } else if (c == ',' && depth == 0) {
      take();
    }
  }
  take();
  return result;
}

bool is_content_option(const module_call& call, std::string_view name) {
  static constexpr auto word = std::string_view{"content"};
  // FTS5 takes the beginning of a name as well.
  return name == word
         || (call.module == "fts5" && !name.empty() && word.starts_with(name));
}

} // namespace

std::optional<module_call> parse_module_call(std::string_view sql) {
  for (const auto* word : {"create", "virtual", "table"})
    if (!equals_ignoring_case(take_token(sql), word))
      return std::nullopt;
  // The name, and what a client may have put around it. No name is this word
  // without quotes.
  while (!equals_ignoring_case(take_token(sql), "using"))
    if (sql.empty())
      return std::nullopt;
  auto result = module_call{without_quotes(take_token(sql)), {}};
  std::ranges::transform(result.module, result.module.begin(), lower_case);
  if (take_token(sql) == "(")
    result.arguments = split_arguments(sql);
  return result;
}

std::optional<module_option> parse_module_option(std::string_view argument) {
  const auto equals = argument.find('=');
  if (equals == std::string_view::npos)
    return std::nullopt;
  auto name = std::string{trimmed(argument.substr(0, equals))};
  if (name.empty() || !std::ranges::all_of(name, is_word_character))
    return std::nullopt;
  std::ranges::transform(name, name.begin(), lower_case);
  return module_option{std::move(name),
                       without_quotes(trimmed(argument.substr(equals + 1)))};
}

std::optional<std::string> content_option(const module_call& call) {
  auto result = std::optional<std::string>{};
  for (const auto& argument : call.arguments)
    if (auto option = parse_module_option(argument);
        option && is_content_option(call, option->name))
      result = std::move(option->value);
  return result;
}

} // namespace sluice::storage
