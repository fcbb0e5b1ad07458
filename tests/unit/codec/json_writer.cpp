#include "codec/json_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace sluice::codec {

namespace {

template <class Write>
std::string written(Write write) {
  auto out = json_writer{};
  write(out);
  return out.take();
}

std::string real(double x) {
  return written([x](json_writer& out) { out.real(x); });
}

std::string text(std::string_view x) {
  return written([x](json_writer& out) { out.text(x); });
}

std::string bytes(const std::vector<std::byte>& x) {
  return written([&x](json_writer& out) { out.bytes(x); });
}

} // namespace

TEST_CASE("json_writer sets commas and colons", "[codec][json_writer]") {
  const auto json = written([](json_writer& out) {
    out.begin_object();
    out.key("a");
    out.begin_array();
    out.null();
    out.boolean(true);
    out.boolean(false);
    out.begin_object();
    out.end_object();
    out.begin_array();
    out.end_array();
    out.end_array();
    out.key("b");
    out.text("x");
    out.key("c");
    out.raw(R"({"ready":1})");
    out.raw_key(quoted("d\"e"));
    out.integer(1);
    out.end_object();
  });
  CHECK(json
        == R"({"a":[null,true,false,{},[]],"b":"x","c":{"ready":1},)"
           R"("d\"e":1})");
}

TEST_CASE("integers keep all their digits", "[codec][json_writer]") {
  const auto integer = [](std::int64_t x) {
    return written([x](json_writer& out) { out.integer(x); });
  };
  CHECK(integer(0) == "0");
  CHECK(integer(-1) == "-1");
  CHECK(integer(9'007'199'254'740'993) == "9007199254740993");
  CHECK(integer(std::numeric_limits<std::int64_t>::max())
        == "9223372036854775807");
  CHECK(integer(std::numeric_limits<std::int64_t>::min())
        == "-9223372036854775808");
  CHECK(written([](json_writer& out) {
          out.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
        })
        == "18446744073709551615");
}

TEST_CASE("a REAL is short and never reads as an INTEGER",
          "[codec][json_writer]") {
  CHECK(real(1.0) == "1.0");
  CHECK(real(-1.0) == "-1.0");
  CHECK(real(0.0) == "0.0");
  CHECK(real(-0.0) == "-0.0");
  CHECK(real(0.1) == "0.1");
  CHECK(real(1e22) == "1e+22");
  CHECK(real(1e-7) == "1e-07");
  CHECK(real(0.1 + 0.2) == "0.30000000000000004");
  CHECK(real(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(real(std::numeric_limits<double>::denorm_min()) == "5e-324");
  CHECK(real(9007199254740992.0) == "9007199254740992.0");
}

TEST_CASE("infinities and NaN are null", "[codec][json_writer]") {
  CHECK(real(std::numeric_limits<double>::infinity()) == "null");
  CHECK(real(-std::numeric_limits<double>::infinity()) == "null");
  CHECK(real(std::nan("")) == "null");
}

TEST_CASE("text is escaped where JSON asks for it", "[codec][json_writer]") {
  CHECK(text("") == R"("")");
  CHECK(text("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(text("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(text(std::string_view{"a\0b", 3}) == R"("a\u0000b")");
  CHECK(text("\x01\x0b\x0e\x1f\x7f") == "\"\\u0001\\u000B\\u000E\\u001F\x7f\"");
  CHECK(text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\n")
        == "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\\n\"");
}

TEST_CASE("a character to escape is found at every place of a text",
          "[codec][json_writer]") {
  for (auto length = std::size_t{1}; length < 34; ++length)
    for (auto at = std::size_t{0}; at < length; ++at)
      for (const auto& [odd, escaped] :
           {std::pair{'"', R"(\")"}, std::pair{'\\', R"(\\)"},
            std::pair{'\0', R"(\u0000)"}, std::pair{'\x1f', R"(\u001F)"},
            std::pair{'\xff', "\xef\xbf\xbd"}}) {
        auto in = std::string(length, '~');
        in[at] = odd;
        const auto expected = "\"" + std::string(at, '~') + escaped
                              + std::string(length - at - 1, '~') + "\"";
        REQUIRE(text(in) == expected);
      }
}

TEST_CASE("text that is not UTF-8 gets U+FFFD", "[codec][json_writer]") {
  CHECK(text("a\xff\xe2\x82"
             "b\n")
        == "\"a\xef\xbf\xbd\xef\xbf\xbd"
           "b\\n\"");
}

TEST_CASE("member names are escaped as texts are", "[codec][json_writer]") {
  const auto json = written([](json_writer& out) {
    out.begin_object();
    out.key("a\"\xff");
    out.null();
    out.end_object();
  });
  CHECK(json == "{\"a\\\"\xef\xbf\xbd\":null}");
  CHECK(quoted("na\"me") == R"("na\"me")");
  CHECK(quoted("") == R"("")");
}

TEST_CASE("a BLOB is an array of numbers", "[codec][json_writer]") {
  CHECK(bytes({}) == "[]");
  CHECK(bytes({std::byte{0}}) == "[0]");
  auto all = std::vector<std::byte>{};
  auto expected = std::string{};
  for (auto i = 0; i < 256; ++i) {
    all.push_back(static_cast<std::byte>(i));
    expected += (i == 0 ? "[" : ",") + std::to_string(i);
  }
  CHECK(bytes(all) == expected + "]");
}

TEST_CASE("a BLOB stands among other values", "[codec][json_writer]") {
  const auto blob = std::vector{std::byte{1}, std::byte{200}};
  const auto json = written([&blob](json_writer& out) {
    out.begin_array();
    out.bytes(blob);
    out.bytes({});
    out.integer(7);
    out.end_array();
  });
  CHECK(json == "[[1,200],[],7]");
}

TEST_CASE("view and size show what was written so far",
          "[codec][json_writer]") {
  auto out = json_writer{};
  CHECK(out.size() == 0);
  CHECK(out.view().empty());
  out.begin_array();
  out.integer(12);
  CHECK(out.view() == "[12");
  CHECK(out.size() == 3);
  out.end_array();
  CHECK(out.view() == "[12]");
}

TEST_CASE("clear forgets a half-written state", "[codec][json_writer]") {
  auto out = json_writer{};
  out.begin_object();
  out.key("open");
  out.begin_array();
  out.integer(1);
  out.clear();
  CHECK(out.size() == 0);
  out.begin_array();
  out.integer(2);
  out.end_array();
  CHECK(out.view() == "[2]");
}

TEST_CASE("take hands out the text and leaves the writer ready",
          "[codec][json_writer]") {
  auto out = json_writer{};
  out.begin_array();
  out.end_array();
  CHECK(out.take() == "[]");
  CHECK(out.size() == 0);
  out.text("again");
  CHECK(out.take() == R"("again")");
}

TEST_CASE("a writer that was moved goes on where it was",
          "[codec][json_writer]") {
  auto first = json_writer{};
  first.begin_array();
  first.integer(1);
  auto second = std::move(first);
  second.integer(2);
  auto third = json_writer{};
  third.text("dropped");
  third = std::move(second);
  third.end_array();
  CHECK(third.view() == "[1,2]");
}

} // namespace sluice::codec
