#include "messaging/standstill.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using namespace std::chrono_literals;

TEST_CASE("a thread that looks often enough has missed nothing") {
  auto looks = messaging::standstill{};
  auto now = std::chrono::nanoseconds{5'000s};
  CHECK(looks.look(now) == 0s);
  for (const auto pause : {1ms, 500ms, 900ms, 1'499ms})
    CHECK(looks.look(now += pause) == 0s);
}

TEST_CASE("a thread that did not run for a while has missed all of it") {
  auto looks = messaging::standstill{};
  CHECK(looks.look(5'000s) == 0s);
  CHECK(looks.look(5'040s) == 40s);
  CHECK(looks.look(5'040s + 1ms) == 0s);
  CHECK(looks.look(5'041s + 501ms) == 1'500ms);
}

} // namespace sluice::tests
