#include "messaging/restart_delay.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the pause before a restart grows to five seconds") {
  auto delays = messaging::restart_delay{};
  for (const auto expected : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
    delays.ran(milliseconds{50});
    CHECK(delays.next() == milliseconds{expected});
  }
}

TEST_CASE("after a good run the pause is short again") {
  auto delays = messaging::restart_delay{};
  for (auto i = 0; i < 20; ++i)
    (void)delays.next();
  delays.ran(seconds{9});
  CHECK(delays.next() == seconds{5});
  delays.ran(seconds{10});
  CHECK(delays.next() == milliseconds{100});
  CHECK(delays.next() == milliseconds{200});
}

} // namespace sluice::tests
