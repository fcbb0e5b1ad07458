#include "actors/flood_watch.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace sluice::tests {

namespace {

using actors::flood_watch;

/// Notes a window's worth of requests, of which the one with each number is for
/// the database that `database_of` names.
template <class Name>
std::vector<std::string> floods_in(flood_watch& watch,
                                   const Name& database_of) {
  auto result = std::vector<std::string>{};
  for (auto i = std::size_t{0}; i < flood_watch::window; ++i)
    watch.note(database_of(i), [&result](std::string_view database) {
      result.emplace_back(database);
    });
  return result;
}

} // namespace

TEST_CASE("a database that most requests are for is a flood",
          "[actors][flood]") {
  auto watch = flood_watch{};
  const auto found = floods_in(watch, [](std::size_t i) {
    return i % 10 == 0 ? "quiet" + std::to_string(i) : std::string{"hot"};
  });
  CHECK(found == std::vector<std::string>{"hot"});
}

TEST_CASE("several databases can flood at once", "[actors][flood]") {
  auto watch = flood_watch{};
  const auto found = floods_in(watch, [](std::size_t i) {
    return i % 3 == 0 ? "quiet" + std::to_string(i)
                      : "hot" + std::to_string(i % 3);
  });
  CHECK(found == std::vector<std::string>{"hot1", "hot2"});
}

TEST_CASE("many databases with a few requests each are none",
          "[actors][flood]") {
  auto watch = flood_watch{};
  CHECK(floods_in(watch, [](std::size_t i) {
          return "db" + std::to_string(i % 10);
        }).empty());
  CHECK(floods_in(watch, [](std::size_t i) {
          return "db" + std::to_string(i);
        }).empty());
}

TEST_CASE("what was before a window does not count in it", "[actors][flood]") {
  auto watch = flood_watch{};
  CHECK_FALSE(
      floods_in(watch, [](std::size_t) { return std::string{"hot"}; }).empty());
  CHECK(floods_in(watch, [](std::size_t i) {
          return "db" + std::to_string(i % 20);
        }).empty());
}

} // namespace sluice::tests
