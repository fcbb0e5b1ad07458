#include <catch2/catch_test_macros.hpp>

#include <string>

#include "security/source_quota.hpp"

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using security::source_quota;

constexpr auto start = source_quota::clock::time_point{1'000s};

} // namespace

TEST_CASE("a source is refused what is beyond its uses, and told for how long",
          "[security]") {
  auto quota = source_quota{{.uses_max = 3, .window = 30s}};
  for (auto i = 0; i < 3; ++i)
    CHECK_FALSE(quota.use("192.0.2.1", start));
  const auto wait = quota.use("192.0.2.1", start);
  REQUIRE(wait);
  CHECK(*wait == 10s);
  // Parts of a second are told as a whole one.
  CHECK(quota.use("192.0.2.1", start + 9'500ms) == 1s);
  CHECK_FALSE(quota.use("192.0.2.2", start));
}

TEST_CASE("uses come back one after the other, not all at once", "[security]") {
  auto quota = source_quota{{.uses_max = 3, .window = 30s}};
  for (auto i = 0; i < 3; ++i)
    CHECK_FALSE(quota.use("a", start));
  CHECK_FALSE(quota.use("a", start + 10s));
  CHECK(quota.use("a", start + 10s) == 10s);
  // After the window all are there again, and no more than that.
  for (auto i = 0; i < 3; ++i)
    CHECK_FALSE(quota.use("a", start + 1'000s));
  CHECK(quota.use("a", start + 1'000s));
}

TEST_CASE("a refusal does not put the next use off", "[security]") {
  auto quota = source_quota{{.uses_max = 1, .window = 10s}};
  CHECK_FALSE(quota.use("a", start));
  for (auto i = 0; i < 100; ++i)
    CHECK(quota.use("a", start + 5s) == 5s);
  CHECK_FALSE(quota.use("a", start + 10s));
}

TEST_CASE("a use that is given back does not count", "[security]") {
  auto quota = source_quota{{.uses_max = 2, .window = 10s}};
  CHECK_FALSE(quota.use("a", start));
  CHECK_FALSE(quota.use("a", start));
  CHECK(quota.use("a", start));
  quota.give_back("a");
  CHECK_FALSE(quota.use("a", start));
  CHECK(quota.use("a", start));
  // Of one that is not known there is nothing to give back.
  quota.give_back("b");
  CHECK(quota.size() == 1);
  // Nor is there more than all of them.
  for (auto i = 0; i < 10; ++i)
    quota.give_back("a");
  CHECK_FALSE(quota.use("a", start));
  CHECK_FALSE(quota.use("a", start));
  CHECK(quota.use("a", start));
}

TEST_CASE("the least recently used source is forgotten where there are many",
          "[security]") {
  auto quota = source_quota{{.uses_max = 1, .window = 10s, .sources_max = 100}};
  CHECK_FALSE(quota.use("first", start));
  for (auto i = 0; i < 99; ++i)
    CHECK_FALSE(quota.use(std::to_string(i), start));
  CHECK(quota.size() == 100);
  CHECK(quota.use("first", start));
  // A refusal is a use of the table: now another one is the oldest.
  CHECK_FALSE(quota.use("last", start));
  CHECK(quota.size() == 100);
  CHECK(quota.use("first", start));
  CHECK_FALSE(quota.use("0", start));
}

} // namespace sluice::tests
