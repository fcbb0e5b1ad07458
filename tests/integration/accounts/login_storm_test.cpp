#include "tests/integration/accounts/account_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

/// More logins at once than can be hashed.
namespace sluice::tests {

TEST_CASE("in a storm of logins most are refused at once, and queries go on") {
  // Four passes take about a tenth of a second.
  auto app = service_server{
      {"--auth-password-passes", "4", "--auth-hash-queue-max", "16"}};
  app.run("CREATE TABLE t(x)");
  app.must("users.list", "{}");
  constexpr auto logins = std::size_t{300};
  auto storm = unawaited_requests{app.process.url()};
  for (auto i = std::size_t{0}; i < logins; ++i)
    storm.send(
        "sluice.auth.login",
        credentials("u" + std::to_string(i) + "@example.org", "some password"));
  for (auto i = 0; i < 100; ++i) {
    app.run("INSERT INTO t VALUES (1)");
    app.run("SELECT count(*) FROM t");
  }
  // While there were two hundred queries, the hasher has not got through.
  CHECK(storm.answered() < logins);
  CHECK(storm.count_of(429) > logins / 2);
  wait_until("all logins are answered", std::chrono::seconds{60},
             [&storm] { return storm.answered() == logins; });
  CHECK(storm.count_of(429) + storm.count_of(401) == logins);
  CHECK(storm.count_of(401) >= 17);
  CHECK(app.ask("stats", "").at("/requests_refused")
        == std::to_string(storm.count_of(429)));
}

} // namespace sluice::tests
