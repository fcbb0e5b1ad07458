#include "services/post_search.hpp"

#include "services/related_posts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::services {

TEST_CASE("words, phrases and beginnings become strings of FTS5",
          "[services][search]") {
  CHECK(match_expression("rivers") == R"("rivers")");
  CHECK(match_expression("  big\trivers\n") == R"("big" "rivers")");
  CHECK(match_expression("riv*") == R"("riv" *)");
  CHECK(match_expression("riv** x") == R"("riv" * "x")");
  CHECK(match_expression(R"("big rivers" sea)") == R"("big rivers" "sea")");
  CHECK(match_expression(R"(sea"big rivers")") == R"("sea" "big rivers")");
  CHECK(match_expression(R"("big rivers)") == R"("big rivers")");
  CHECK(match_expression("a AND (b OR c) NOT title:x")
        == R"x("a" "AND" "(b" "OR" "c)" "NOT" "title:x")x");
}

TEST_CASE("what holds no word finds nothing", "[services][search]") {
  for (const auto* query : {"", " ", "\"", "\"\"", "*", "- + ( ) ^", "\"*\""}) {
    CAPTURE(query);
    CHECK(match_expression(query) == "\"\"");
  }
  CHECK(match_expression(std::string{"a\0b", 3}) == R"("a" "b")");
  CHECK(match_expression("\"a\x01z\"") == R"("a z")");
}

TEST_CASE("a long query has a bounded number of parts", "[services][search]") {
  auto query = std::string{};
  for (auto i = 0; i < 1'000; ++i)
    query += "w ";
  const auto match = match_expression(query);
  CHECK(match.size() == search_parts_max * std::string{"\"w\" "}.size() - 1);
}

TEST_CASE("the telling words of a post are those of the title and the longest",
          "[services][related]") {
  const auto words = telling_words("The Big River",
                                   "the mountain is a big mountain; Grüße!");
  auto texts = std::string{};
  for (const auto& [text, is_in_title] : words)
    texts += text + (is_in_title ? "! " : " ");
  CHECK(texts == "river! big! the! mountain grüße ");
  CHECK(telling_words("", "").empty());
  CHECK(telling_words("a b", "?!").empty());
  auto many = std::string{};
  for (auto i = 0; i < 10'000; ++i)
    many += "word" + std::to_string(i) + " ";
  CHECK(telling_words("title", many).size() == related_words_max);
  CHECK(telling_words("title", many).front().text == "title");
}

} // namespace sluice::services
