#include "bench/blog_text.hpp"

#include "bench/request_text.hpp"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <string_view>

namespace sluice::bench {

namespace {

constexpr auto consonants = std::string_view{"bdfgklmnprstvz"};
constexpr auto vowels = std::string_view{"aeiou"};
constexpr auto syllables
    = static_cast<std::uint32_t>(consonants.size() * vowels.size());

/// A number from 0 to below 1.
double fraction(std::uint64_t& state) {
  return static_cast<double>(next_random(state) >> 11u) * 0x1.0p-53;
}

} // namespace

std::string word_of(std::uint32_t rank) {
  auto result = std::string{};
  auto rest = rank;
  do {
    const auto syllable = rest % syllables;
    result += consonants[syllable / vowels.size()];
    result += vowels[syllable % vowels.size()];
    rest /= syllables;
  } while (rest != 0);
  // So that no word is as short as what searches leave out.
  return result.size() < 4 ? result + "n" : result;
}

std::string blog_text::words(std::uint32_t count) {
  auto result = std::string{};
  for (auto i = 0u; i < count; ++i) {
    // The frequency of a rank is about one over it.
    const auto rank = static_cast<std::uint32_t>(
        std::exp(fraction(state_) * std::log(double{vocabulary_size})) - 1.0);
    result += (i == 0 ? "" : " ") + word_of(rank);
  }
  return result;
}

std::string blog_text::user(std::uint32_t number) {
  return fmt::format(
      R"({{"name":"{} {}","email":"user{}@example.org","bio":"{}"}})",
      word_of(next_number(state_, vocabulary_size) - 1),
      word_of(next_number(state_, vocabulary_size) - 1), number, words(12));
}

std::string blog_text::post(std::uint32_t users) {
  const auto user = next_number(state_, users);
  const auto is_published = next_number(state_, 10) > 1;
  const auto title = words(3 + next_number(state_, 5));
  const auto content = words(29 + next_number(state_, 61));
  return fmt::format(
      R"({{"user_id":{},"published":{},"title":"{}","content":"{}"}})", user,
      is_published, title, content);
}

} // namespace sluice::bench
