#include "codec/yaml_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

namespace sluice::codec {

namespace {

using texts = std::array<std::string_view, 2>;

std::string text_of(std::string_view value) {
  auto out = yaml_writer{};
  out.text("key", value);
  return out.take();
}

} // namespace

TEST_CASE("mappings, sequences and their elements stand in blocks",
          "[codec][yaml]") {
  auto out = yaml_writer{};
  out.comment("A remark.");
  out.text("a", "b");
  out.begin("outer");
  out.integer("size", -7);
  out.boolean("yes?", true);
  out.begin_list("items");
  out.begin_item();
  out.text("name", "first");
  out.integer("size", 1);
  out.end();
  out.begin_item();
  out.begin("deep");
  out.boolean("x", false);
  out.end();
  out.end();
  out.end();
  out.end();
  out.text("last", "one");
  CHECK(out.take()
        == "# A remark.\n"
           "a: b\n"
           "outer:\n"
           "  size: -7\n"
           "  \"yes?\": true\n"
           "  items:\n"
           "    - name: first\n"
           "      size: 1\n"
           "    - deep:\n"
           "        x: false\n"
           "last: one\n");
  CHECK(out.take().empty());
}

TEST_CASE("what is empty is told as such", "[codec][yaml]") {
  auto out = yaml_writer{};
  out.begin("mapping");
  out.end();
  out.begin_list("sequence");
  out.end();
  out.begin_list("elements");
  out.begin_item();
  out.end();
  out.end();
  out.texts("flow", {});
  CHECK(out.take()
        == "mapping: {}\nsequence: []\nelements:\n  - {}\nflow: []\n");
}

TEST_CASE("a text that could be read as something else is quoted",
          "[codec][yaml]") {
  CHECK(text_of("a plain text, (really)") == "key: a plain text, (really)\n");
  for (const auto* value :
       {"true", "No",   "null", "y",   "1",  "3.0.0", "-",  "- a",
        "a: b", "a #b", "{a}",  "[a]", "*a", "&a",    "!a", "%a",
        "@a",   "`a`",  "a ",   " a",  "#a", "0x1f",  ".5", "~",
        "|",    ">",    "a:",   "?",   "ä"}) {
    CAPTURE(value);
    CHECK(text_of(value) == "key: \"" + std::string{value} + "\"\n");
  }
  CHECK(text_of("") == "key: \"\"\n");
  CHECK(text_of("say \"a\\b\"") == "key: \"say \\\"a\\\\b\\\"\"\n");
  CHECK(text_of("a\tb") == "key: \"a\\tb\"\n");
}

TEST_CASE("texts of a flow are quoted where commas and brackets divide them",
          "[codec][yaml]") {
  auto out = yaml_writer{};
  out.texts("plain", texts{"string", "bad_request"});
  out.texts("quoted", texts{"null", "a, b"});
  CHECK(out.take()
        == "plain: [string, bad_request]\n"
           "quoted: [\"null\", \"a, b\"]\n");
}

TEST_CASE("a long text is folded, and one of several lines keeps them",
          "[codec][yaml]") {
  auto words = std::string{};
  for (auto i = 0; i < 20; ++i)
    words += i == 0 ? "word" : " word";
  CHECK(text_of(words)
        == "key: >-\n"
           "  word word word word word word word word word word word word word "
           "word word\n"
           "  word word word word word\n");
  CHECK(text_of("one\n\n- two: 2 # three")
        == "key: |-\n  one\n\n  - two: 2 # three\n");
  // What a block would change stays in one line.
  const auto blanks = words + "  " + words;
  CHECK(text_of(blanks) == "key: " + blanks + "\n");
  CHECK(text_of("one\n") == "key: \"one\\n\"\n");
  CHECK(text_of(" one\ntwo") == "key: \" one\\ntwo\"\n");
}

TEST_CASE("members that are YAML already are moved to their place",
          "[codec][yaml]") {
  auto out = yaml_writer{};
  out.begin("outer");
  out.lines("\na: 1\nb:\n  - 2\n");
  out.end();
  CHECK(out.take() == "outer:\n  a: 1\n  b:\n    - 2\n");
}

} // namespace sluice::codec
