#include "messaging/rate_limit.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using std::chrono::milliseconds;

TEST_CASE("so many lines a second pass, and the others are counted") {
  auto limit = messaging::rate_limit{2};
  const auto begin = messaging::rate_limit::clock::now();
  CHECK(limit.pass(begin) == 0);
  CHECK(limit.pass(begin + milliseconds{1}) == 0);
  for (auto i = 0; i < 5; ++i)
    CHECK(!limit.pass(begin + milliseconds{999}).has_value());
  CHECK(limit.pass(begin + milliseconds{1'000}) == 5);
  CHECK(limit.pass(begin + milliseconds{1'001}) == 0);
  CHECK(!limit.pass(begin + milliseconds{1'002}).has_value());
}

} // namespace sluice::tests
