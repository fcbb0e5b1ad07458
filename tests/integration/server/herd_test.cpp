#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/unawaited_requests.hpp"

#include <catch2/catch_test_macros.hpp>

/// Requests for many databases that are closed, at once.
namespace sluice::tests {

namespace {

std::string subject_of(int database) {
  return "sluice.db.d" + std::to_string(database) + ".query";
}

} // namespace

TEST_CASE("requests for many more closed databases than there are places are "
          "all served, and others meanwhile") {
  constexpr auto databases = 30;
  constexpr auto requests = std::size_t{900};
  auto app = app_server{{"--databases-writers-max", "3"}};
  for (auto i = 0; i < databases; ++i)
    app.remote.create_database("d" + std::to_string(i));
  auto herd = unawaited_requests{app.process.url()};
  for (auto i = 0; i < static_cast<int>(requests); ++i)
    herd.send(subject_of(i % databases), query_body("SELECT 1"));
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
  wait_until("every answer", patience,
             [&herd] { return herd.answered() == requests; });
  CHECK(herd.count_of(0) == requests);
  CHECK(herd.duplicates() == 0);
}

TEST_CASE("a database that does not exist is refused without harm to others, "
          "and can be used as soon as it is created") {
  auto app = app_server{};
  auto flood = unawaited_requests{app.process.url()};
  constexpr auto requests = std::size_t{5'000};
  for (auto i = std::size_t{0}; i < requests; ++i)
    flood.send("sluice.db.gone.query", query_body("SELECT 1"));
  CHECK(app.results("SELECT 1 AS x") == R"([{"x":1}])");
  wait_until("every answer", patience,
             [&flood] { return flood.answered() == requests; });
  CHECK(flood.count_of(404) == requests);
  app.remote.create_database("gone");
  app.remote.run("gone", "SELECT 1");
}

} // namespace sluice::tests
