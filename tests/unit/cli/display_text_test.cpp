#include "cli/display_text.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::cli {

TEST_CASE("text that is harmless is printed as it is") {
  CHECK(printable("") == "");
  CHECK(printable("Zoë 漢字 😀 ~") == "Zoë 漢字 😀 ~");
}

TEST_CASE("what would move the cursor becomes an escape") {
  CHECK(printable("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(printable("\x1b[31m\x7f\x01") == "\\x1b[31m\\x7f\\x01");
  CHECK(printable(std::string_view{"\0", 1}) == "\\x00");
  CHECK(printable("\xC2\x9B") == "\\u009b");
  CHECK(printable("\u202Eabc\u2066\u2028\u200F")
        == "\\u202eabc\\u2066\\u2028\\u200f");
}

TEST_CASE("of several lines only the ends of lines and tabs do anything") {
  CHECK(printable_lines("a\n\tb\r\nc") == "a\n\tb\r\nc");
  CHECK(printable_lines("a\rb\r") == "a\\rb\\r");
  CHECK(printable_lines("\x1b]0;x\x07\n\"\xC2\x9B\u202E\u061C\"\r\n")
        == "\\x1b]0;x\\x07\n\"\\u009b\\u202e\\u061c\"\r\n");
}

TEST_CASE("what is no UTF-8 becomes an escape") {
  CHECK(printable("\xFF") == "\\xff");
  CHECK(printable("a\xE4z") == "a\\xe4z");
  CHECK(printable("\xE2\x82") == "\\xe2\\x82");
  CHECK(printable("\xC0\xAF") == "\\xc0\\xaf");
  CHECK(printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");
  CHECK(printable("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("width counts columns and not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Zoë") == 3);
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("ハロー") == 6);
  CHECK(display_width("한") == 2);
  CHECK(display_width("😀") == 2);
  // An e and an acute accent that combines with it.
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("…") == 1);
}

TEST_CASE("text is cut between characters and says so") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 5) == "abcd…");
  CHECK(cut_to_width("abcdef", 1) == "…");
  CHECK(cut_to_width("abcdef", 0) == "");
  CHECK(cut_to_width("漢字漢字", 8) == "漢字漢字");
  // A wide character that would stick out by half is left out.
  CHECK(cut_to_width("漢字漢字", 6) == "漢字…");
  CHECK(cut_to_width("漢字漢字", 7) == "漢字漢…");
  CHECK(cut_to_width("e\u0301bcd", 3) == "e\u0301b…");
}

} // namespace sluice::cli
