#include "services/field.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>

namespace sluice::services {

namespace {

constexpr auto element = std::array{text_field("word", {1, 5}).required()};
constexpr auto fields = std::array{
    text_field("name", {1, 10}).required(),
    text_field("bio", {0, 20}).nullable(),
    text_field("title", {1, 10}).not_null(),
    integer_field("size", {-2, 3}),
    limit_field(20),
    boolean_field("open"),
    flag_field("all"),
    email_field("email"),
    list_field("words", element, {1, 2}),
    url_field("page", {0, 30}),
    text_field("post", {0, 5})
        .bounded_by(&field_limits::post_content_bytes_max, "a.setting"),
};

codec::result<arguments> check(std::string name, codec::field_value value) {
  auto object = codec::request_object{};
  if (name != "name")
    object.members.emplace_back("name", std::string{"x"});
  object.members.emplace_back(std::move(name), std::move(value));
  return check_fields(fields, std::move(object));
}

/// The failure, or "none".
std::string failure(std::string name, codec::field_value value) {
  const auto checked = check(std::move(name), std::move(value));
  if (checked)
    return "none";
  CHECK(checked.error().code == codec::error_code::bad_request);
  return checked.error().message;
}

codec::object_list words(std::initializer_list<const char*> texts) {
  auto result = codec::object_list{};
  for (const auto* text : texts)
    result.emplace_back().members.emplace_back("word", std::string{text});
  return result;
}

using text = std::string;
using null = std::monostate;

} // namespace

TEST_CASE("a missing field is NULL, or what the declaration says",
          "[services][field]") {
  auto object = codec::request_object{};
  CHECK(check_fields(fields, codec::request_object{}).error().message
        == "the field 'name' is missing");
  object.members.emplace_back("name", text{"x"});
  const auto checked = check_fields(fields, std::move(object));
  REQUIRE(checked);
  CHECK((*checked)[0].value == codec::value{text{"x"}});
  CHECK((*checked)[0].is_present);
  CHECK((*checked)[1].value == codec::value{});
  CHECK_FALSE((*checked)[1].is_present);
  CHECK((*checked)[4].value == codec::value{std::int64_t{20}});
  CHECK((*checked)[5].value == codec::value{});
  CHECK((*checked)[6].value == codec::value{std::int64_t{0}});
}

TEST_CASE("a text has its bounds in bytes", "[services][field]") {
  CHECK(failure("name", text{"ä23456789"}) == "none");
  CHECK(failure("name", text{"ä234567890"})
        == "the field 'name' must have 1 to 10 bytes, not 11");
  CHECK(failure("name", text{})
        == "the field 'name' must have 1 to 10 bytes, not 0");
  CHECK(failure("name", text{" \t\n"}) == "the field 'name' must not be blank");
  CHECK(failure("name", text{"a\0b", 3})
        == "the field 'name' contains a NUL character");
  CHECK(failure("name", std::int64_t{1})
        == "the field 'name' must be a string, not a number");
  CHECK(failure("name", true)
        == "the field 'name' must be a string, not a boolean");
  CHECK(failure("name", codec::other_json{"an object"})
        == "the field 'name' must be a string, not an object");
  CHECK(failure("bio", text{}) == "none");
}

TEST_CASE("a setting bounds a text in the place of the declaration",
          "[services][field]") {
  const auto checked = [](std::size_t bytes, std::int64_t bytes_max) {
    auto object = codec::request_object{};
    object.members.emplace_back("name", text{"x"});
    object.members.emplace_back("post", text(bytes, 'x'));
    auto result = check_fields(fields, std::move(object),
                               {.post_content_bytes_max = bytes_max});
    return result ? text{"none"} : result.error().message;
  };
  CHECK(checked(7, 7) == "none");
  CHECK(checked(8, 7)
        == "the field 'post' must have 0 to 7 bytes, not 8 (a.setting)");
  CHECK(checked(4, 3)
        == "the field 'post' must have 0 to 3 bytes, not 4 (a.setting)");
}

TEST_CASE("a URL is one of the web, or empty", "[services][field]") {
  for (const auto* good : {"", "http://a", "https://a.b/c?d#e", "HTTP://a"}) {
    CAPTURE(good);
    CHECK(failure("page", text{good}) == "none");
  }
  for (const auto* wrong :
       {"http://", "https:/a", "javascript:alert(1)", "data:,x", "//a", "a",
        " http://a", "http://a b", "http://a\n", "ftp://a"}) {
    CAPTURE(wrong);
    CHECK(failure("page", text{wrong})
          == "the field 'page' must be a URL that begins with http:// or "
             "https://, without blanks");
  }
  CHECK(failure("page", "http://" + text(24, 'x'))
        == "the field 'page' must have 0 to 30 bytes, not 31");
  CHECK(failure("page", true)
        == "the field 'page' must be a string, not a boolean");
}

TEST_CASE("null is missing, stored or refused, as declared",
          "[services][field]") {
  CHECK(failure("name", null{}) == "the field 'name' is missing");
  const auto bio = check("bio", null{});
  REQUIRE(bio);
  CHECK((*bio)[1].is_present);
  CHECK((*bio)[1].value == codec::value{});
  CHECK(failure("title", null{}) == "the field 'title' must not be null");
  const auto limit = check("limit", null{});
  REQUIRE(limit);
  CHECK((*limit)[4].value == codec::value{std::int64_t{20}});
  CHECK_FALSE((*limit)[4].is_present);
}

TEST_CASE("an integer is whole and within its bounds", "[services][field]") {
  CHECK(failure("size", std::int64_t{-2}) == "none");
  CHECK(failure("size", std::int64_t{3}) == "none");
  for (const auto value : {std::int64_t{-3}, std::int64_t{4}, INT64_MIN})
    CHECK(failure("size", value)
          == "the field 'size' must be an integer, -2 to 3");
  CHECK(failure("size", 1.0) == "the field 'size' must be an integer, -2 to 3");
  CHECK(failure("size", text{"1"})
        == "the field 'size' must be an integer, not a string");
}

TEST_CASE("a boolean is no number", "[services][field]") {
  const auto open = check("open", true);
  REQUIRE(open);
  CHECK((*open)[5].value == codec::value{std::int64_t{1}});
  CHECK(failure("open", std::int64_t{1})
        == "the field 'open' must be a boolean, not a number");
  CHECK(failure("all", text{"true"})
        == "the field 'all' must be a boolean, not a string");
}

TEST_CASE("a list holds objects of its fields", "[services][field]") {
  const auto two = check("words", words({"a", "b"}));
  REQUIRE(two);
  REQUIRE((*two)[8].elements.size() == 2);
  CHECK((*two)[8].elements[1][0].value == codec::value{text{"b"}});
  CHECK(failure("words", words({}))
        == "the field 'words' must have 1 to 2 elements, not 0");
  CHECK(failure("words", words({"a", "b", "c"}))
        == "the field 'words' must have 1 to 2 elements, not 3");
  CHECK(failure("words", words({"a", "toolong"}))
        == "the field 'words[1].word' must have 1 to 5 bytes, not 7");
  CHECK(failure("words", text{"a"})
        == "the field 'words' must be an array of objects, not a string");
  auto extra = words({"a"});
  extra[0].members.emplace_back("x", true);
  const auto unknown = failure("words", std::move(extra));
  CHECK(unknown == "unknown field 'words[0].x'; known are word");
}

TEST_CASE("an unknown field is refused", "[services][field]") {
  CHECK(failure("nam", text{"x"})
            .starts_with("unknown field 'nam'; known are "
                         "name, bio"));
  // What a message quotes ends with a whole character.
  auto umlauts = std::string{};
  for (auto i = 0; i < 99; ++i)
    umlauts += "ä";
  CHECK(failure("x" + umlauts + "ä", text{"x"})
            .starts_with("unknown field 'x" + umlauts + "…'; known are "));
}

TEST_CASE("an e-mail address has a form", "[services][field]") {
  for (const auto* good :
       {"a@b.de", "ann.lee+tag@mail.example.org", "o'neil@x-y.co",
        "ä@bücher.de", "a@1.de", "!#$%&*/=?^_`{|}~-@b.de"}) {
    CAPTURE(good);
    CHECK(is_email(good));
  }
  for (const auto* bad : {"",          "@",
                          "a",         "a@",
                          "@b.de",     "a@b",
                          "a@b.",      "a@.de",
                          "a@b..de",   "a b@c.de",
                          "a@b c.de",  "a@b.de ",
                          "a@@b.de",   "a@b@c.de",
                          ".a@b.de",   "a.@b.de",
                          "a..b@c.de", "\"a\"@b.de",
                          "a,b@c.de",  "<a@b.de>",
                          "a@-b.de",   "a@b-.de",
                          "a@b_c.de",  "a\n@b.de",
                          "a@b.de\n",  "a@[127.0.0.1]"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_email(bad));
  }
  CHECK(is_email(std::string(64, 'a') + "@b.de"));
  CHECK_FALSE(is_email(std::string(65, 'a') + "@b.de"));
  CHECK_FALSE(is_email("a@" + std::string(64, 'b') + ".de"));
  const auto trimmed = check("email", text{"\t Ann@B.de \n"});
  REQUIRE(trimmed);
  CHECK((*trimmed)[7].value == codec::value{text{"Ann@B.de"}});
  CHECK(
      failure("email", text{"a@" + std::string(63, 'b') + "."
                            + std::string(63, 'b') + "." + std::string(63, 'b')
                            + "." + std::string(63, 'b') + ".de"})
          .contains("at most 254 bytes"));
}

} // namespace sluice::services
