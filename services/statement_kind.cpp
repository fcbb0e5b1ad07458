#include "services/statement_kind.hpp"

#include <algorithm>
#include <array>

namespace sluice::services {

namespace {

constexpr auto reading_words = std::array<std::string_view, 5>{
    "select", "values", "with", "explain", "pragma"};

std::string_view skip_comment(std::string_view sql, std::string_view end) {
  // Behind the two characters that begin it, which in /*/ do not end it.
  const auto found = sql.find(end, 2);
  return found == std::string_view::npos ? std::string_view{}
                                         : sql.substr(found + end.size());
}

bool begins_with_word(std::string_view sql, std::string_view word) noexcept {
  if (sql.size() < word.size())
    return false;
  // Lower-cases ASCII letters; other characters cannot become letters here
  // that matter, for the words have none but letters.
  return std::ranges::equal(sql.substr(0, word.size()), word, {},
                            [](char c) { return static_cast<char>(c | 0x20); });
}

} // namespace

bool looks_like_read(std::string_view sql) noexcept {
  while (true) {
    const auto begin = sql.find_first_not_of(" \t\r\n\f;(");
    if (begin == std::string_view::npos)
      return true;
    sql.remove_prefix(begin);
    if (sql.starts_with("--"))
      sql = skip_comment(sql, "\n");
    else if (sql.starts_with("/*"))
      sql = skip_comment(sql, "*/");
    else
      break;
  }
  return std::ranges::any_of(reading_words, [sql](std::string_view word) {
    return begins_with_word(sql, word);
  });
}

bool looks_like_read(const codec::query_request& request) noexcept {
  return std::ranges::all_of(request.queries, [](const auto& query) {
    return looks_like_read(std::string_view{query.sql});
  });
}

} // namespace sluice::services
