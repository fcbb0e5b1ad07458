#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

/// Fewer file descriptors than databases.
namespace sluice::tests {

namespace {

constexpr auto databases = 60;

std::string name_of(int i) {
  return "d" + std::to_string(i);
}

} // namespace

TEST_CASE("with few file descriptors databases take turns, and health tells") {
#ifdef __SANITIZE_ADDRESS__
  SKIP("UndefinedBehaviorSanitizer needs a descriptor to look at an object's "
       "type, and calls it invalid where there is none");
#endif
  auto server = sluice_process{{},
                               sluice_process::start_mode::wait,
                               {"/usr/bin/prlimit", "--nofile=128:128"}};
  auto remote = client{server.url()};
  for (auto i = 0; i < databases; ++i)
    remote.create_database(name_of(i));
  for (auto round = 0; round < 2; ++round)
    for (auto i = 0; i < databases; ++i) {
      CAPTURE(round, i);
      remote.run(name_of(i), "CREATE TABLE IF NOT EXISTS t(x)");
    }
  const auto health = remote.request("sluice.health", "");
  CHECK(health.at("/status") == R"("degraded")");
  CHECK(health.at("/shortage") != "(none)");
  CHECK(health.at("/databases_quarantined") == "0");
  CHECK(server.stop() == 0);
}

} // namespace sluice::tests
