#include "tests/fuzz/sql_coverage.hpp"
#include "tests/fuzz/sql_vocabulary.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <vector>

/// How the fuzzer of SQL changes its inputs: most of the time by words,
/// expressions and statements, for a text that is changed anywhere is hardly
/// ever SQL.

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t size_max);

namespace sluice::fuzz {

namespace {

/// As sql.cpp has it.
constexpr auto separator = '\x1e';
/// What the first character of an input can be.
constexpr auto ways = std::string_view{"qqqwwsQWS"};

std::string_view view(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

std::size_t put(std::string_view text, std::uint8_t* out,
                std::size_t size_max) noexcept {
  const auto size = std::min(text.size(), size_max);
  std::memcpy(out, text.data(), size);
  return size;
}

bool is_word(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

/// A keyword, as the stored inputs write them.
bool is_keyword(std::string_view token) noexcept {
  return std::ranges::all_of(token, [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
  });
}

/// The words, texts and signs of a statement, with the blanks before each.
std::vector<std::string> split(std::string_view text) {
  auto result = std::vector<std::string>{};
  while (!text.empty()) {
    auto size = std::min(text.find_first_not_of(" \t\n"), text.size());
    const auto first = size < text.size() ? text[size++] : ' ';
    if (first == '\'' || first == '"')
      size = std::min(text.find(first, size), text.size() - 1) + 1;
    while (is_word(first) && size < text.size() && is_word(text[size]))
      ++size;
    result.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return result;
}

std::string join(const std::vector<std::string>& tokens) {
  auto result = std::string{};
  for (const auto& token : tokens)
    result += token;
  return result;
}

/// A word as libFuzzer changes it, which knows the dictionary.
std::string mutate(std::string_view word) {
  constexpr auto room = std::size_t{40};
  auto bytes = std::vector<std::uint8_t>(word.size() + room);
  std::ranges::copy(word, bytes.begin());
  const auto size = LLVMFuzzerMutate(bytes.data(), word.size(), bytes.size());
  return std::string{view(bytes.data(), size)};
}

/// A name, a number or a text.
bool is_operand(std::string_view token) noexcept {
  token.remove_prefix(std::min(token.find_first_not_of(" \t\n"), token.size()));
  return !token.empty() && !is_keyword(token)
         && (is_word(token[0]) || token[0] == '\'');
}

/// Another name or an expression where there is a name, a number or a text.
void replace_operand(std::vector<std::string>& tokens, random_source& random) {
  const auto count = std::ranges::count_if(tokens, is_operand);
  auto left = below(random, static_cast<std::size_t>(count));
  for (auto& token : tokens)
    if (is_operand(token) && left-- == 0) {
      token = " "
              + (below(random, 3) == 0 ? std::string{random_name(random)}
                                       : random_expression(random));
      return;
    }
}

std::string change(std::string_view text, random_source& random) {
  auto tokens = split(text);
  const auto at = below(random, tokens.size());
  const auto count
      = 1 + below(random, std::min<std::size_t>(tokens.size() - at, 6));
  const auto place = [&tokens](std::size_t i) {
    return tokens.begin() + static_cast<std::ptrdiff_t>(i);
  };
  switch (below(random, 16)) {
  case 0:
    tokens.erase(place(at), place(at + count));
    break;
  case 1:
    tokens[at] = tokens[below(random, tokens.size())];
    break;
  case 2:
    tokens[at] = mutate(tokens[at]);
    break;
  case 3:
  case 4:
    tokens.push_back(random_clause(random));
    break;
  default:
    replace_operand(tokens, random);
    break;
  }
  return join(tokens);
}

/// Some words of `from` in the place of some of `into`.
std::string splice(std::string_view into, std::string_view from,
                   random_source& random) {
  auto result = split(into);
  const auto more = split(from);
  const auto range = [&random](const std::vector<std::string>& all) {
    const auto begin = below(random, all.size());
    const auto end = begin + below(random, all.size() - begin + 1);
    return std::pair{static_cast<std::ptrdiff_t>(begin),
                     static_cast<std::ptrdiff_t>(end)};
  };
  const auto [begin, end] = range(result);
  const auto [first, last] = range(more);
  const auto gap = result.erase(result.begin() + begin, result.begin() + end);
  result.insert(gap, more.begin() + first, more.begin() + last);
  return join(result);
}

/// One, or a few that follow each other, of a batch.
std::string some_statements(std::string_view text, random_source& random) {
  auto ends = std::vector<std::size_t>{0};
  for (auto i = std::size_t{1}; i < text.size(); ++i)
    if (text[i] == separator)
      ends.push_back(i + 1);
  const auto begin = ends[below(random, ends.size())];
  text.remove_prefix(begin);
  auto end = text.find(separator);
  while (end != std::string_view::npos && below(random, 2) == 0)
    end = text.find(separator, end + 1);
  return std::string{text.substr(0, end)};
}

} // namespace

// What libFuzzer looks for, under its names.
// NOLINTBEGIN(readability-identifier-naming)

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  for (auto i = 1; i < *count; ++i)
    if (const auto option = std::string_view{(*arguments)[i]};
        option.starts_with('-') && option.contains("merge"))
      ignore_sql_coverage();
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t size_max,
                                               unsigned int seed) {
  auto random = random_source{seed};
  if (size < 2 || below(random, 8) == 0)
    return LLVMFuzzerMutate(data, size, size_max);
  if (below(random, 16) == 0) {
    data[0] = static_cast<std::uint8_t>(ways[below(random, ways.size())]);
    return size;
  }
  const auto changed = change(view(data + 1, size - 1), random);
  return 1 + put(changed, data + 1, size_max - 1);
}

extern "C" std::size_t
LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                          const std::uint8_t* second, std::size_t second_size,
                          std::uint8_t* out, std::size_t out_size_max,
                          unsigned int seed) {
  auto random = random_source{seed};
  // libFuzzer would do it every other time, and most statements of a long
  // batch never run.
  if (first_size < 2 || second_size < 2 || below(random, 6) != 0)
    return 0;
  const auto one = some_statements(view(first + 1, first_size - 1), random);
  const auto two = some_statements(view(second + 1, second_size - 1), random);
  auto text = std::string{};
  switch (below(random, 4)) {
  case 0:
    text = one + separator + two;
    break;
  case 1:
    text = one + "; " + two;
    break;
  default:
    text = splice(one, two, random);
    break;
  }
  out[0] = first[0];
  return 1 + put(text, out + 1, out_size_max - 1);
}

// NOLINTEND(readability-identifier-naming)

} // namespace sluice::fuzz
