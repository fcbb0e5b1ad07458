#include <catch2/catch_test_macros.hpp>

#include <string>

#include "security/login_throttle.hpp"

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using security::login_throttle;

constexpr auto ann
    = login_throttle::attempt{"app", "ann@example.com", "192.0.2.1"};
constexpr auto start = login_throttle::clock::time_point{1'000s};

/// One attempt that is wrong, at once.
std::chrono::milliseconds
must_fail(login_throttle& throttle, const login_throttle::attempt& who,
          login_throttle::clock::time_point now = start) {
  REQUIRE_FALSE(throttle.begin(who, now));
  return throttle.fail(who, now);
}

} // namespace

TEST_CASE("failures are slowed, more and more, and then refused",
          "[security]") {
  auto throttle = login_throttle{{.delay_max = 1'500ms, .failures_max = 8}};
  for (const auto delay :
       {0ms, 0ms, 0ms, 250ms, 500ms, 1'000ms, 1'500ms, 1'500ms})
    CHECK(must_fail(throttle, ann) == delay);
  const auto wait = throttle.begin(ann, start + 10s);
  REQUIRE(wait);
  CHECK(*wait == 290s);
  // What is refused does not make it longer.
  CHECK(*throttle.begin(ann, start + 299s) == 1s);
}

TEST_CASE("after the lockout all is forgotten", "[security]") {
  auto throttle = login_throttle{{.failures_max = 2, .lockout = 60s}};
  must_fail(throttle, ann);
  must_fail(throttle, ann, start + 30s);
  CHECK(throttle.begin(ann, start + 89s));
  CHECK(must_fail(throttle, ann, start + 90s) == 0ms);
  CHECK(must_fail(throttle, ann, start + 90s) == 0ms);
  CHECK(throttle.begin(ann, start + 90s));
}

TEST_CASE("a right password forgets the failures of its address",
          "[security]") {
  auto throttle = login_throttle{{.failures_max = 3}};
  must_fail(throttle, ann);
  must_fail(throttle, ann);
  REQUIRE_FALSE(throttle.begin(ann, start));
  throttle.succeed(ann);
  for (auto i = 0; i < 3; ++i)
    CHECK(must_fail(throttle, ann) == 0ms);
  CHECK(throttle.begin(ann, start));
}

TEST_CASE("attempts that are made at once count from their beginning",
          "[security]") {
  auto throttle = login_throttle{{.failures_max = 3}};
  for (auto i = 0; i < 3; ++i)
    CHECK_FALSE(throttle.begin(ann, start));
  CHECK(throttle.begin(ann, start));
  // One that was not looked at does not count.
  throttle.cancel(ann);
  CHECK_FALSE(throttle.begin(ann, start));
  CHECK(throttle.begin(ann, start));
}

TEST_CASE("addresses, databases and sources are counted each for itself",
          "[security]") {
  auto throttle
      = login_throttle{{.failures_max = 2, .source_failures_max = 100}};
  must_fail(throttle, ann);
  must_fail(throttle, ann);
  CHECK(throttle.begin(ann, start));
  CHECK_FALSE(throttle.begin({"app", "bob@example.com", ann.source}, start));
  CHECK_FALSE(throttle.begin({"other", ann.email, ann.source}, start));
  // Another source does not help against an address that is refused.
  CHECK(throttle.begin({ann.database, ann.email, "192.0.2.2"}, start));
  CHECK(throttle.begin({ann.database, ann.email, ""}, start));
}

TEST_CASE("a source from which an address was logged in to counts by itself",
          "[security]") {
  auto throttle
      = login_throttle{{.failures_max = 2, .source_failures_max = 100}};
  CHECK_FALSE(throttle.knows(ann));
  REQUIRE_FALSE(throttle.begin(ann, start));
  throttle.succeed(ann);
  auto known = ann;
  known.is_known = throttle.knows(ann);
  CHECK(known.is_known);
  CHECK_FALSE(throttle.knows({ann.database, ann.email, "192.0.2.2"}));
  CHECK_FALSE(throttle.knows({ann.database, ann.email, ""}));
  CHECK_FALSE(throttle.knows({"other", ann.email, ann.source}));
  const auto stranger
      = login_throttle::attempt{ann.database, ann.email, "198.51.100.1"};
  must_fail(throttle, stranger);
  must_fail(throttle, stranger);
  CHECK(throttle.begin(stranger, start));
  CHECK_FALSE(throttle.begin(known, start));
  throttle.succeed(known);
  // It opens the address for nobody else.
  CHECK(throttle.begin(stranger, start));
  must_fail(throttle, known);
  must_fail(throttle, known);
  CHECK(throttle.begin(known, start));
}

TEST_CASE("known sources have a bound", "[security]") {
  auto throttle = login_throttle{{.entries_max = 2}};
  for (const auto* source : {"a", "b", "c"}) {
    const auto who = login_throttle::attempt{"app", "ann", source};
    REQUIRE_FALSE(throttle.begin(who, start));
    throttle.succeed(who);
  }
  CHECK_FALSE(throttle.knows({"app", "ann", "a"}));
  CHECK(throttle.knows({"app", "ann", "b"}));
  CHECK(throttle.knows({"app", "ann", "c"}));
}

TEST_CASE("a source that tries many addresses is refused for all of them",
          "[security]") {
  auto throttle
      = login_throttle{{.failures_max = 10, .source_failures_max = 5}};
  for (auto i = 0; i < 5; ++i) {
    const auto email = "user" + std::to_string(i) + "@example.com";
    must_fail(throttle, {"app", email, "192.0.2.1"});
  }
  CHECK(throttle.begin({"app", "user9@example.com", "192.0.2.1"}, start));
  CHECK_FALSE(throttle.begin({"app", "user9@example.com", "192.0.2.2"}, start));
  CHECK_FALSE(throttle.begin({"app", "user8@example.com", ""}, start));
}

TEST_CASE("who has one account does not get rid of a source's failures",
          "[security]") {
  auto throttle
      = login_throttle{{.failures_max = 10, .source_failures_max = 4}};
  for (auto i = 0; i < 4; ++i) {
    const auto email = "user" + std::to_string(i) + "@example.com";
    must_fail(throttle, {"app", email, "192.0.2.1"});
    if (i == 3)
      break;
    const auto own
        = login_throttle::attempt{"app", "eve@example.com", "192.0.2.1"};
    REQUIRE_FALSE(throttle.begin(own, start));
    throttle.succeed(own);
  }
  CHECK(throttle.begin({"app", "user9@example.com", "192.0.2.1"}, start));
}

TEST_CASE("right logins of one source are never refused", "[security]") {
  auto throttle = login_throttle{{.source_failures_max = 3}};
  for (auto i = 0; i < 100; ++i) {
    const auto email = "user" + std::to_string(i) + "@example.com";
    const auto who = login_throttle::attempt{"app", email, "192.0.2.1"};
    REQUIRE_FALSE(throttle.begin(who, start));
    throttle.succeed(who);
  }
  CHECK(throttle.size() == 0);
}

TEST_CASE("the table has a bound, and the least recently used go",
          "[security]") {
  auto throttle = login_throttle{{.failures_max = 2, .entries_max = 100}};
  const auto first = login_throttle::attempt{"app", "first@example.com", ""};
  must_fail(throttle, first);
  must_fail(throttle, first);
  for (auto i = 0; i < 99; ++i) {
    const auto email = "user" + std::to_string(i) + "@example.com";
    must_fail(throttle, {"app", email, ""});
  }
  CHECK(throttle.size() == 100);
  CHECK(throttle.begin(first, start));
  must_fail(throttle, {"app", "last@example.com", ""});
  CHECK(throttle.size() == 100);
  CHECK_FALSE(throttle.begin(first, start));
  // Of one that is gone nothing is left to take back.
  throttle.cancel({"app", "user0@example.com", ""});
  throttle.succeed({"app", "user0@example.com", ""});
  CHECK(throttle.fail({"app", "user0@example.com", ""}, start) == 0ms);
}

} // namespace sluice::tests
