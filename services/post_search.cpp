#include "services/post_search.hpp"

#include "services/service_request.hpp"

#include <algorithm>

namespace sluice::services {

namespace {

bool is_blank(char c) noexcept {
  // Control characters, NUL among them, are no part of a word.
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
}

/// Whether FTS5 can find a word in it: a letter or digit of ASCII, or anything
/// beyond, of which it knows more.
bool has_word(std::string_view part) noexcept {
  return std::ranges::any_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// As a string of FTS5, without what would end it.
void append_string(std::string& out, std::string_view part) {
  out += out.empty() ? "\"" : " \"";
  for (const auto c : part)
    out += is_blank(c) ? ' ' : c;
  out += '"';
}

/// The next part of the query: a phrase, or what stands up to a blank or a
/// quote. Takes it off the front.
struct query_part {
  std::string_view text;
  bool is_prefix = false;
};

query_part next_part(std::string_view& rest) noexcept {
  if (rest.front() == '"') {
    rest.remove_prefix(1);
    const auto close = rest.find('"');
    const auto phrase = rest.substr(0, close);
    rest.remove_prefix(std::min(rest.size(), phrase.size() + 1));
    return {phrase, false};
  }
  const auto* end = std::ranges::find_if(
      rest, [](char c) { return is_blank(c) || c == '"'; });
  auto word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(word.size());
  const auto is_prefix = word.ends_with('*');
  while (word.ends_with('*'))
    word.remove_suffix(1);
  return {word, is_prefix};
}

} // namespace

std::string match_expression(std::string_view query) {
  auto result = std::string{};
  auto rest = query;
  for (auto parts = 0; parts < search_parts_max;) {
    while (!rest.empty() && is_blank(rest.front()))
      rest.remove_prefix(1);
    if (rest.empty())
      break;
    const auto [text, is_prefix] = next_part(rest);
    if (!has_word(text))
      continue;
    append_string(result, text);
    result += is_prefix ? " *" : "";
    ++parts;
  }
  // A string without words matches nothing.
  return result.empty() ? "\"\"" : result;
}

codec::result<void> prepare_search(service_request& request) {
  request.extra.emplace_back("match", match_expression(request.text("query")));
  request.extra.emplace_back("last_ranked",
                             std::int64_t{search_ranked_max - 1});
  return {};
}

} // namespace sluice::services
