#include "config/settings_file.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::config {

namespace {

/// The one entry of a file, or the error.
std::string value_of(std::string_view text) {
  const auto entries = parse_settings(text);
  if (!entries)
    return "error: " + entries.error();
  return entries->size() == 1 ? entries->front().value : "not one entry";
}

std::string error_of(std::string_view text) {
  const auto entries = parse_settings(text);
  return entries ? std::string{} : entries.error();
}

} // namespace

TEST_CASE("a settings file has sections, keys, values and comments") {
  const auto entries = parse_settings("# Top.\n"
                                      "data = \"./x\" # Behind.\n"
                                      "\n"
                                      "  [nats]  # Section.\n"
                                      "\ttls=true\n"
                                      "[limits]\n"
                                      "sql_bytes_max = 1_000\n"
                                      "\"row_bytes_max\" = 5");
  REQUIRE(entries);
  REQUIRE(entries->size() == 4);
  CHECK((*entries)[0].key == "data");
  CHECK((*entries)[0].value == "./x");
  CHECK((*entries)[0].kind == value_kind::text);
  CHECK((*entries)[0].line == 2);
  CHECK((*entries)[1].key == "nats.tls");
  CHECK((*entries)[1].kind == value_kind::boolean);
  CHECK((*entries)[1].line == 5);
  CHECK((*entries)[2].key == "limits.sql_bytes_max");
  CHECK((*entries)[2].value == "1_000");
  CHECK((*entries)[2].kind == value_kind::number);
  CHECK((*entries)[3].key == "limits.row_bytes_max");
  CHECK((*entries)[3].line == 8);
}

TEST_CASE("dotted keys stand for sections") {
  const auto entries = parse_settings("nats . url = 'a'\n[nats]\ntls = true");
  REQUIRE(entries);
  CHECK((*entries)[0].key == "nats.url");
  CHECK((*entries)[1].key == "nats.tls");
}

TEST_CASE("texts keep what is between their quotes") {
  CHECK(value_of("a = \"x#y, z = [1]\"") == "x#y, z = [1]");
  CHECK(value_of("a = 'C:\\new \"x\"'") == "C:\\new \"x\"");
  CHECK(value_of(R"(a = "\"\\\b\t\n\f\r")") == "\"\\\b\t\n\f\r");
  CHECK(value_of(R"(a = "\u00e4\u20AC\U0001F600A")") == "ä€😀A");
  CHECK(value_of("a = \"\"") == "");
  CHECK(value_of("a = '' # nothing") == "");
}

TEST_CASE("a byte order mark and CRLF are no part of the settings") {
  const auto entries
      = parse_settings("\xEF\xBB\xBF[nats]\r\nurl = \"x\"\r\n\r\n");
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().value == "x");
  CHECK(entries->front().line == 2);
}

TEST_CASE("an empty settings file is one") {
  CHECK(parse_settings("")->empty());
  CHECK(parse_settings("\n# x\n")->empty());
}

TEST_CASE("what is set twice is refused with both lines") {
  CHECK(error_of("[nats]\nurl='a'\nurl='b'")
        == "line 3: nats.url is set already, on line 2");
  CHECK(error_of("nats.url='a'\n[nats]\nurl='b'")
        == "line 3: nats.url is set already, on line 1");
  CHECK(error_of("[nats]\n[log]\n[nats]")
        == "line 3: the section [nats] is there already, on line 1");
}

TEST_CASE("errors of syntax name the line") {
  CHECK(error_of("x = 1\ny") == "line 2: expected `=` after y");
  CHECK(error_of("= 1").starts_with("line 1: expected `key = value`"));
  CHECK(error_of("a.=1").starts_with("line 1: expected `key = value`"));
  CHECK(error_of("[nats").starts_with("line 1: expected a section"));
  CHECK(error_of("[]").starts_with("line 1: expected a section"));
  CHECK(error_of("[[nats]]").starts_with("line 1: expected a section"));
  CHECK(error_of("[nats] x").starts_with("line 1: there is something behind"));
  CHECK(error_of("a = 1 2").starts_with("line 1: there is something behind"));
  CHECK(error_of("a = \"x\" y").starts_with("line 1: there is something"));
  CHECK(error_of("a = \"x") == "line 1: a: the closing \" is missing");
  CHECK(error_of("a = 'x") == "line 1: a: the closing ' is missing");
  CHECK(error_of("a = \"x\\\"") == "line 1: a: the closing \" is missing");
  CHECK(error_of("a = \"\"\"x\"\"\"").ends_with("must stand on one line"));
}

TEST_CASE("values that settings do not have are refused") {
  for (const auto* value : {"", "x", "1.5", "[1]", "{a=1}", "0x10", "inf",
                            "TRUE", "1979-05-27", "-", "# comment"}) {
    CAPTURE(value);
    CHECK(
        error_of(std::string{"a = "} + value).find("expected a value after `=`")
        == (std::string_view{value} == "1979-05-27" ? std::string::npos : 11));
  }
}

TEST_CASE("unknown escapes are refused") {
  for (const auto* text :
       {"\\x", "\\u12", "\\u12g4", "\\ud800", "\\U00110000", "\\U0000"}) {
    CAPTURE(text);
    CHECK(error_of("a = \"" + std::string{text} + "\"").find("backslash")
          != std::string::npos);
  }
}

} // namespace sluice::config
