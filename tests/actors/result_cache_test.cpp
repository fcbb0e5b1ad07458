#include "actors/result_cache.hpp"
#include "tests/actors/service_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>

namespace sluice::tests {

namespace {

using actors::result_cache;
using std::chrono::milliseconds;

result_cache::key key(std::string_view tail, std::string_view body,
                      std::uint64_t commit, std::string_view uuid = "u") {
  const auto found
      = result_cache::key_of(service_request_of(tail, body), uuid, commit);
  REQUIRE(found);
  return *found;
}

config::service_settings bounds(std::uint64_t bytes_max,
                                std::uint32_t ms_max = 1'000) {
  auto result = config::service_settings{};
  result.cache_bytes_max = bytes_max;
  result.cache_ms_max = ms_max;
  return result;
}

const auto now = result_cache::clock::time_point{};

} // namespace

TEST_CASE("only replies that may be given again have a key",
          "[actors][results]") {
  CHECK_FALSE(
      result_cache::key_of(service_request_of("users.list", "{}"), "u", 1));
  CHECK(key("analytics.users", "{}", 1).is_timed);
  CHECK_FALSE(key("analytics.top_authors", "{}", 1).is_timed);
  CHECK(key("analytics.trends", R"({"days":3})", 1).text
        != key("analytics.trends", R"({"days":30})", 1).text);
  // What holds by default is the same request.
  CHECK(key("analytics.trends", R"({"days":30})", 1).text
        == key("analytics.trends", "{}", 1).text);
  CHECK(key("analytics.users", "{}", 1, "a").text
        != key("analytics.users", "{}", 1, "b").text);
  CHECK(key("analytics.users", "{}", 1).text
        != key("analytics.posts", "{}", 1).text);
}

TEST_CASE("a reply is good for its commit alone", "[actors][results]") {
  auto cache = result_cache{bounds(10'000)};
  const auto at_1 = key("analytics.top_authors", "{}", 1);
  const auto at_2 = key("analytics.top_authors", "{}", 2);
  CHECK_FALSE(cache.find(at_1, now));
  cache.keep(at_1, "one", now);
  CHECK(cache.find(at_1, now + std::chrono::hours{1}) == "one");
  CHECK_FALSE(cache.find(at_2, now));
  cache.keep(at_2, "two", now);
  CHECK(cache.find(at_2, now) == "two");
  CHECK_FALSE(cache.find(at_1, now));
  // A slow reader.
  cache.keep(at_1, "one", now);
  CHECK(cache.find(at_2, now) == "two");
  CHECK(cache.hits() == 3);
  CHECK(cache.misses() == 3);
}

TEST_CASE("a reply that depends on the time is good for a while",
          "[actors][results]") {
  auto cache = result_cache{bounds(10'000)};
  const auto users = key("analytics.users", "{}", 1);
  cache.keep(users, "x", now);
  CHECK(cache.find(users, now + milliseconds{999}));
  CHECK_FALSE(cache.find(users, now + milliseconds{1'000}));
  auto never = result_cache{bounds(10'000, 0)};
  never.keep(users, "x", now);
  CHECK_FALSE(never.find(users, now));
}

TEST_CASE("what was used longest ago goes when there is no room",
          "[actors][results]") {
  auto cache = result_cache{bounds(2'000)};
  const auto days = [](int x) {
    return key("analytics.trends", "{\"days\":" + std::to_string(x) + "}", 1);
  };
  const auto body = std::string(500, 'x');
  cache.keep(days(1), body, now);
  cache.keep(days(2), body, now);
  CHECK(cache.find(days(1), now));
  cache.keep(days(3), body, now);
  CHECK(cache.find(days(1), now));
  CHECK_FALSE(cache.find(days(2), now));
  CHECK(cache.find(days(3), now));
  cache.keep(days(4), std::string(3'000, 'x'), now);
  CHECK_FALSE(cache.find(days(4), now));
  CHECK(cache.find(days(3), now));
}

} // namespace sluice::tests
