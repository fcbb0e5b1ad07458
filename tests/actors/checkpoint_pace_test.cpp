#include "actors/checkpoint_pace.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::actors {

namespace {

using step = checkpoint_step;

constexpr auto unbounded = std::uint64_t{1} << 40U;

struct paced {
  checkpoint_pace pace{100, unbounded};
  checkpoint_pace::clock::time_point now{};

  step next(std::uint32_t pages) {
    return pace.next(pages, now);
  }
  void note(step what, bool is_complete) {
    pace.note(what, is_complete, now);
  }
};

} // namespace

TEST_CASE_METHOD(paced, "a checkpoint comes once the WAL has its pages",
                 "[actors][checkpoint]") {
  CHECK(next(99) == step::none);
  CHECK(next(100) == step::passive);
}

TEST_CASE_METHOD(paced,
                 "a checkpoint that readers hold up comes again after as many "
                 "new pages, not with each commit",
                 "[actors][checkpoint]") {
  REQUIRE(next(150) == step::passive);
  note(step::passive, false);
  CHECK(next(151) == step::none);
  CHECK(next(249) == step::none);
  CHECK(next(250) == step::passive);
}

TEST_CASE_METHOD(paced, "the count begins anew with a WAL that started over",
                 "[actors][checkpoint]") {
  REQUIRE(next(150) == step::passive);
  note(step::passive, true);
  CHECK(next(99) == step::none);
  CHECK(next(101) == step::passive);
}

TEST_CASE_METHOD(paced,
                 "a forced checkpoint that waited in vain is not repeated "
                 "before it is a twentieth of the time",
                 "[actors][checkpoint]") {
  REQUIRE(next(800) == step::forced);
  note(step::forced, false);
  CHECK(next(801) == step::none);
  CHECK(next(1'900) == step::none);
  now += checkpoint_pace::forced_pause;
  CHECK(next(1'901) == step::forced);
  note(step::forced, true);
  CHECK(next(5) == step::none);
  CHECK(next(800) == step::forced);
}

TEST_CASE_METHOD(paced,
                 "the WAL is full where readers keep it at its bound, and no "
                 "more once it has started over",
                 "[actors][checkpoint]") {
  pace = {100, 300};
  REQUIRE(next(300) == step::forced);
  CHECK_FALSE(pace.is_full(300));
  note(step::forced, false);
  CHECK(pace.is_full(300));
  CHECK_FALSE(pace.is_full(299));
  REQUIRE(next(10) == step::none);
  CHECK_FALSE(pace.is_full(300));
}

} // namespace sluice::actors
