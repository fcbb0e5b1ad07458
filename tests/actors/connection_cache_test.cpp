#include "actors/connection_cache.hpp"
#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

struct cache_fixture : deterministic_system {
  cache_fixture() : first{open(uuid_a)}, second{open(uuid_b, "other")} {
    run();
  }
  actors::connection_cache make_cache(std::uint64_t bytes_max) {
    return {context,
            {.connection
             = actors::connection_options_of(settings, storage::access::reader),
             .bytes_max = bytes_max}};
  }
  /// Uses a connection. @return how often it has been used before.
  static std::uint32_t use(actors::connection_cache& cache,
                           const actors::open_database_ptr& database) {
    const auto connected = cache.connect(*database);
    REQUIRE(connected);
    const auto result = (*connected)->uses;
    cache.after_use();
    return result;
  }

  actors::open_database_ptr first;
  actors::open_database_ptr second;
};

} // namespace

TEST_CASE_METHOD(cache_fixture, "connections are kept while there is memory",
                 "[actors][connection_cache]") {
  auto cache = make_cache(64u << 20);
  CHECK(use(cache, first) == 0);
  CHECK(use(cache, second) == 0);
  CHECK(use(cache, first) == 1);
  cache.forget(uuid_a);
  CHECK(use(cache, first) == 0);
  CHECK(use(cache, second) == 1);
  cache.clear();
  CHECK(use(cache, first) == 0);
  CHECK(use(cache, second) == 0);
}

TEST_CASE_METHOD(cache_fixture,
                 "the connection that was not used for longest goes first",
                 "[actors][connection_cache]") {
  auto cache = make_cache(1);
  CHECK(use(cache, first) == 0);
  // The one in use stays, whatever it takes.
  CHECK(use(cache, first) == 1);
  CHECK(use(cache, second) == 0);
  CHECK(use(cache, second) == 1);
  CHECK(use(cache, first) == 0);
}

TEST_CASE_METHOD(cache_fixture, "no more connections are kept than may be",
                 "[actors][connection_cache]") {
  settings.readers.connections_max = 1;
  auto cache = make_cache(64u << 20);
  CHECK(use(cache, first) == 0);
  CHECK(use(cache, second) == 0);
  CHECK(use(cache, first) == 0);
}

TEST_CASE_METHOD(cache_fixture, "a connection that met a broken file goes",
                 "[actors][connection_cache]") {
  auto cache = make_cache(64u << 20);
  CHECK(use(cache, first) == 0);
  CHECK(use(cache, second) == 0);
  cache.close_last();
  CHECK(use(cache, second) == 0);
  CHECK(use(cache, first) == 1);
}

} // namespace sluice::tests
