#include "messaging/read_gate.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

TEST_CASE("a refusal puts the next read off, and only that") {
  auto gate = messaging::read_gate{config::nats_settings{}};
  CHECK(gate.take_pause().count() == 0);
  gate.gather();
  gate.gather();
  CHECK(gate.take_pause() == std::chrono::milliseconds{1});
  CHECK(gate.take_pause().count() == 0);
}

} // namespace sluice::tests
