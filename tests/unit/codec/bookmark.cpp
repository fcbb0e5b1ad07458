#include "codec/bookmark.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

namespace sluice::codec {

namespace {

constexpr auto uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

} // namespace

TEST_CASE("format_bookmark writes 16 hex digits and the uuid",
          "[codec][bookmark]") {
  CHECK(format_bookmark(0, uuid) == std::string{"0000000000000000-"} + uuid);
  CHECK(format_bookmark(118, uuid) == std::string{"0000000000000076-"} + uuid);
  CHECK(format_bookmark(largest, uuid)
        == std::string{"ffffffffffffffff-"} + uuid);
}

TEST_CASE("bookmarks sort as text in commit order", "[codec][bookmark]") {
  CHECK(format_bookmark(9, uuid) < format_bookmark(10, uuid));
  CHECK(format_bookmark(255, uuid) < format_bookmark(256, uuid));
  CHECK(format_bookmark(largest - 1, uuid) < format_bookmark(largest, uuid));
}

TEST_CASE("parse_read_constraint reads back what format_bookmark wrote",
          "[codec][bookmark]") {
  for (const auto commit :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xabcdef}, largest}) {
    const auto parsed = parse_read_constraint(format_bookmark(commit, uuid));
    REQUIRE(parsed);
    CHECK(parsed->commit_min == commit);
    CHECK(parsed->database_uuid == uuid);
  }
}

TEST_CASE("parse_read_constraint sees no constraint in D1's words and in "
          "nothing",
          "[codec][bookmark]") {
  for (const auto* header : {"", "first-primary", "first-unconstrained"}) {
    const auto parsed = parse_read_constraint(header);
    REQUIRE(parsed);
    CHECK(parsed->commit_min == 0);
    CHECK(parsed->database_uuid.empty());
  }
}

TEST_CASE("parse_read_constraint refuses anything else and names the header",
          "[codec][bookmark]") {
  const auto good = format_bookmark(0xabc, uuid);
  auto upper_digits = good;
  upper_digits[13] = 'A';
  auto upper_uuid = good;
  upper_uuid[18] = 'F';
  auto wrong_dash = good;
  wrong_dash[16] = '_';
  auto moved_dash = good;
  std::swap(moved_dash[25], moved_dash[26]);
  auto with_nul = good;
  with_nul[3] = '\0';
  for (const auto& header : {std::string{"x"},
                             std::string{"-"},
                             std::string{"First-Primary"},
                             std::string{"first-primary "},
                             std::string{" "},
                             good + " ",
                             " " + good,
                             good + "0",
                             good.substr(1),
                             good.substr(0, 52),
                             good.substr(0, 17),
                             good.substr(0, 16),
                             "0x" + good.substr(2),
                             "+" + good.substr(1),
                             "-" + good.substr(1),
                             "g" + good.substr(1),
                             upper_digits,
                             upper_uuid,
                             wrong_dash,
                             moved_dash,
                             with_nul}) {
    CAPTURE(header);
    const auto parsed = parse_read_constraint(header);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == error_code::bad_request);
    CHECK(parsed.error().message.contains("Sluice-Bookmark"));
  }
}

} // namespace sluice::codec
