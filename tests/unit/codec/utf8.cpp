#include "codec/utf8.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::codec {

namespace {

/// `?` stands for U+FFFD.
std::string mended(std::string_view text) {
  auto result = replace_invalid_utf8(text);
  for (auto at = result.find("\xef\xbf\xbd"); at != std::string::npos;
       at = result.find("\xef\xbf\xbd"))
    result.replace(at, 3, "?");
  return result;
}

} // namespace

TEST_CASE("is_utf8 knows valid text from invalid", "[codec][utf8]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("gr\xc3\xbc\xc3\x9f"));
  CHECK(is_utf8("\xf0\x9f\x98\x80"));
  CHECK(is_utf8(std::string_view{"a\0b", 3}));
  CHECK_FALSE(is_utf8("\xff"));
  CHECK_FALSE(is_utf8("\xc3"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
}

TEST_CASE("a long text is abbreviated by whole characters", "[codec][utf8]") {
  auto text = std::string{};
  for (auto i = std::size_t{0}; i < quoted_characters_max; ++i)
    text += i % 2 == 0 ? "a" : "\xe2\x82\xac";
  CHECK(abbreviate("") == "");
  CHECK(abbreviate(text) == text);
  CHECK(abbreviate(text + "\xc3\xa4") == text + "…");
}

TEST_CASE("replace_invalid_utf8 leaves valid text alone", "[codec][utf8]") {
  for (const auto* text :
       {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(replace_invalid_utf8(text) == text);
}

TEST_CASE("each maximal ill-formed part becomes one U+FFFD", "[codec][utf8]") {
  // Table 3-8 and the examples behind it, Unicode 15, section 3.9.
  CHECK(mended("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == "????????A");
  CHECK(mended("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == "????????A");
  CHECK(mended("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == "?????A??B");
  CHECK(mended("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == "????A");
}

TEST_CASE("text that ends inside a character ends with one U+FFFD",
          "[codec][utf8]") {
  CHECK(mended("a\xc3") == "a?");
  CHECK(mended("a\xe2\x82") == "a?");
  CHECK(mended("a\xf0\x9f\x98") == "a?");
  CHECK(mended("\xf8\x88") == "??");
}

TEST_CASE("what was mended is UTF-8 for every pair of bytes", "[codec][utf8]") {
  for (auto first = 0; first < 256; ++first)
    for (auto second = 0; second < 256; ++second) {
      const char pair[] = {static_cast<char>(first), static_cast<char>(second)};
      const auto text = std::string_view{pair, sizeof pair};
      const auto fixed = replace_invalid_utf8(text);
      REQUIRE(is_utf8(fixed));
      REQUIRE(is_utf8(text) == (fixed == text));
    }
}

} // namespace sluice::codec
