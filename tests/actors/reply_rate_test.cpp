#include "actors/reply_rate.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

/// Who gets many replies, and by which way those go.
namespace sluice::tests {

using actors::reply_rate;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto start = reply_rate::clock::time_point{} + std::chrono::hours{1};

struct two_ways : serving_fixture {
  recording_sink bulk;
  actors::reply_context both{sink, bulk, counters};

  actors::reply_token make_token(std::string_view reply_to) {
    return {both, services::endpoint_id::db_query, reply_to, {}};
  }
};

} // namespace

TEST_CASE("a burst of replies is few, and what comes behind it is many",
          "[actors][reply_rate]") {
  auto rate = reply_rate{};
  CHECK_FALSE(rate.count(reply_rate::burst_bytes, start));
  CHECK_FALSE(rate.is_high(start));
  CHECK(rate.count(1, start));
  CHECK(rate.is_high(start));
}

TEST_CASE("replies at the rate that is allowed are few for ever",
          "[actors][reply_rate]") {
  auto rate = reply_rate{};
  auto now = start;
  auto many = 0;
  for (auto i = 0; i < 1'000; ++i, now += milliseconds{100})
    many += rate.count(reply_rate::bytes_per_second / 10, now) ? 1 : 0;
  CHECK(many == 0);
}

TEST_CASE("replies at twice the rate that is allowed are soon many",
          "[actors][reply_rate]") {
  auto rate = reply_rate{};
  auto now = start;
  auto many = 0;
  for (auto i = 0; i < 100; ++i, now += milliseconds{100})
    many += rate.count(reply_rate::bytes_per_second / 5, now) ? 1 : 0;
  CHECK(many > 70);
}

TEST_CASE("however many replies there were, it is forgotten",
          "[actors][reply_rate]") {
  auto rate = reply_rate{};
  for (auto i = 0; i < 1'000; ++i)
    CHECK(rate.count(std::size_t{1} << 20u, start));
  CHECK(rate.is_high(start + milliseconds{900}));
  CHECK_FALSE(rate.is_high(start + seconds{1}));
  CHECK_FALSE(rate.count(1'000, start + seconds{2}));
}

TEST_CASE_METHOD(two_ways,
                 "many replies of one database go another way than the few of "
                 "the others",
                 "[actors][reply_rate]") {
  auto much = reply_rate{};
  auto little = reply_rate{};
  const auto answer = [this](reply_rate& rate, std::string_view reply_to,
                             std::string_view body) {
    auto token = make_token(reply_to);
    token.count_replies_in(rate);
    token.succeed(body);
  };
  const auto large = std::string(2 * reply_rate::burst_bytes, 'x');
  answer(little, "a", "{}");
  answer(much, "b", large);
  answer(much, "c", "{}");
  answer(little, "d", "{}");
  CHECK(sink.all().size() == 2);
  CHECK(sink.only("a").succeeded());
  CHECK(sink.only("d").succeeded());
  CHECK(bulk.all().size() == 2);
  CHECK(bulk.only("b").body == large);
  CHECK(bulk.only("c").succeeded());
}

TEST_CASE_METHOD(two_ways,
                 "many failures of no database go another way than the replies "
                 "for one",
                 "[actors][reply_rate]") {
  const auto refusal
      = codec::error{codec::error_code::overloaded, std::string(10'000, 'x')};
  for (auto i = 0; i < 400; ++i)
    make_token("refused").fail(refusal);
  CHECK(bulk.all().size() > 10);
  const auto before = sink.all().size();
  auto rate = reply_rate{};
  auto token = make_token("a");
  token.count_replies_in(rate);
  CHECK(&token.sink() == &sink);
  token.succeed("{}");
  CHECK(sink.all().size() == before + 1);
}

TEST_CASE_METHOD(two_ways, "room is looked for where the reply would go",
                 "[actors][reply_rate]") {
  auto rate = reply_rate{};
  auto token = make_token("a");
  token.count_replies_in(rate);
  CHECK(&token.sink() == &sink);
  rate.count(2 * reply_rate::burst_bytes, reply_rate::clock::now());
  CHECK(&token.sink() == &bulk);
  token.succeed("{}");
}

} // namespace sluice::tests
