#include <catch2/catch_test_macros.hpp>

#include "security/recent_keys.hpp"

namespace sluice::tests {

namespace {

security::throttle_key key(unsigned char number) {
  auto result = security::throttle_key{};
  result.front() = number;
  return result;
}

} // namespace

TEST_CASE("of keys beyond the bound the least recently added one goes",
          "[security]") {
  auto keys = security::recent_keys{2};
  CHECK_FALSE(keys.contains(key(1)));
  keys.add(key(1));
  keys.add(key(2));
  keys.add(key(1));
  CHECK(keys.size() == 2);
  keys.add(key(3));
  CHECK(keys.size() == 2);
  CHECK(keys.contains(key(1)));
  CHECK_FALSE(keys.contains(key(2)));
  CHECK(keys.contains(key(3)));
}

TEST_CASE("a set of no keys stays empty", "[security]") {
  auto keys = security::recent_keys{0};
  keys.add(key(1));
  CHECK(keys.size() == 0);
  CHECK_FALSE(keys.contains(key(1)));
}

} // namespace sluice::tests
