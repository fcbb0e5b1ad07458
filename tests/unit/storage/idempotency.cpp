#include "storage/idempotency.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace sluice::storage {

namespace {

using namespace std::chrono_literals;

constexpr auto kept_for = 600s;
const auto start = idempotency::time_point{1'790'000'000s};

request_identity identity(std::string id, char payload = 'p') {
  return {std::move(id), {{static_cast<std::byte>(payload)}}};
}

/// A database whose replies are remembered for ten minutes.
struct replies_fixture : test_database {
  idempotency replies = idempotency::open(writer(), kept_for, start).value();

  void remember(std::string id, std::string_view reply,
                idempotency::time_point now = start) {
    const auto request = identity(std::move(id));
    REQUIRE(replies.remember(request, reply, now));
  }
  /// The reply; "" where there is none.
  std::string find(std::string id, idempotency::time_point now = start) {
    const auto request = identity(std::move(id));
    const auto found = replies.find(request, now);
    REQUIRE(found);
    return found->value_or("");
  }
  /// As another process does, or the same one later.
  void reopen(idempotency::time_point now) {
    replies = idempotency::open(writer(), kept_for, now).value();
  }
  std::int64_t count() {
    return writer().integer("SELECT count(*) FROM _cf_KV").value();
  }
};

} // namespace

TEST_CASE_METHOD(replies_fixture, "a request that was here gets its reply",
                 "[storage][idempotency]") {
  CHECK(find("a").empty());
  remember("a", "{\"n\":1}");
  remember("b", "{\"n\":2}");
  CHECK(find("a") == "{\"n\":1}");
  CHECK(find("b") == "{\"n\":2}");
  CHECK(find("A").empty());
}

TEST_CASE_METHOD(replies_fixture, "an id with another payload is a conflict",
                 "[storage][idempotency]") {
  remember("a", "{}");
  CHECK(failure_of(replies.find(identity("a", 'q'), start))
        == "conflict: the id in the header Nats-Msg-Id was used by another "
           "request; it was not executed");
}

TEST_CASE_METHOD(replies_fixture,
                 "a reply is forgotten after the kept_for time, and its id is "
                 "free again",
                 "[storage][idempotency]") {
  remember("a", "{\"n\":1}");
  CHECK_FALSE(find("a", start + kept_for - 1ms).empty());
  CHECK(find("a", start + kept_for).empty());
  CHECK(replies.find(identity("a", 'q'), start + kept_for).value()
        == std::nullopt);
  remember("a", "{\"n\":2}", start + kept_for);
  CHECK(find("a", start + kept_for) == "{\"n\":2}");
  CHECK(count() == 1);
}

TEST_CASE_METHOD(replies_fixture,
                 "a reply is undone with the transaction that it belongs to",
                 "[storage][idempotency]") {
  REQUIRE(transaction().begin());
  remember("a", "{}");
  transaction().roll_back();
  CHECK(find("a").empty());
}

TEST_CASE_METHOD(replies_fixture, "replies survive that the file is reopened",
                 "[storage][idempotency]") {
  remember("a", "{\"n\":1}");
  replies = idempotency::open(writer(), kept_for, start).value();
  CHECK(find("a") == "{\"n\":1}");
  CHECK_FALSE(replies.is_due(start + kept_for - 1ms));
  CHECK(replies.is_due(start + kept_for));
}

TEST_CASE_METHOD(
    replies_fixture,
    "a clock that is set forward while nobody looks makes no reply "
    "expire that was new",
    "[storage][idempotency]") {
  remember("a", "{\"n\":1}");
  const auto tomorrow = start + 24h;
  reopen(tomorrow);
  CHECK(find("a", tomorrow) == "{\"n\":1}");
  CHECK_FALSE(replies.is_due(tomorrow));
  // It has got no younger by that, either.
  CHECK_FALSE(find("a", tomorrow + kept_for / 2 - 1ms).empty());
  CHECK(find("a", tomorrow + kept_for / 2).empty());
}

TEST_CASE_METHOD(replies_fixture,
                 "a clock that is set back keeps no reply for longer",
                 "[storage][idempotency]") {
  remember("a", "{}");
  const auto yesterday = start - 24h;
  reopen(yesterday);
  remember("b", "{}", yesterday);
  CHECK_FALSE(find("a", yesterday + kept_for - 1ms).empty());
  CHECK(find("a", yesterday + kept_for).empty());
  REQUIRE(replies.is_due(yesterday + kept_for));
  CHECK(replies.forget_expired(yesterday + kept_for).value() == 2);
  CHECK(count() == 0);
}

TEST_CASE_METHOD(replies_fixture,
                 "replies of the future, which an earlier version left, do not "
                 "hold up those behind them",
                 "[storage][idempotency]") {
  remember("a", "{}", start + 24h);
  remember("b", "{}", start);
  reopen(start);
  CHECK_FALSE(find("a").empty());
  CHECK(replies.is_due(start + kept_for));
  CHECK(replies.forget_expired(start + kept_for).value() == 2);
}

TEST_CASE_METHOD(
    replies_fixture,
    "the time that a database is closed counts, up to half of what "
    "replies are kept for",
    "[storage][idempotency]") {
  remember("a", "{}");
  reopen(start + kept_for / 4);
  CHECK_FALSE(find("a", start + kept_for - 1ms).empty());
  CHECK(find("a", start + kept_for).empty());
  reopen(start + 2 * kept_for);
  CHECK_FALSE(find("a", start + 2 * kept_for).empty());
  // Its time is behind the system's now, so the next opening counts as much.
  remember("b", "{}", start + 2 * kept_for);
  const auto opened = start + 2 * kept_for + kept_for / 4;
  reopen(opened);
  CHECK_FALSE(find("b", opened + kept_for / 2 - 1ms).empty());
  CHECK(find("b", opened + kept_for / 2).empty());
}

TEST_CASE("the clock that replies are kept by begins with the system's",
          "[storage][idempotency]") {
  const auto before = process_clock::now();
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  CHECK(std::chrono::abs(before.time_since_epoch() - system) < 60s);
  CHECK(process_clock::now() >= before);
}

TEST_CASE_METHOD(replies_fixture,
                 "expired replies go in small steps, but faster than new ones "
                 "come",
                 "[storage][idempotency]") {
  CHECK_FALSE(replies.is_due(start + 24h));
  for (auto i = 0; i < 300; ++i)
    remember("old" + std::to_string(i), "{}");
  const auto later = start + kept_for;
  REQUIRE(replies.is_due(later));
  // Twice what came since.
  CHECK(replies.forget_expired(later).value() == 300);
  for (auto i = 0; i < 300; ++i)
    remember("older" + std::to_string(i), "{}");
  replies = idempotency::open(writer(), kept_for, start).value();
  for (auto i = 0; i < 10; ++i)
    remember("new" + std::to_string(i), "{}", later);
  auto steps = 0;
  for (; replies.is_due(later); ++steps)
    CHECK(replies.forget_expired(later).value() <= 64);
  CHECK(steps == 5);
  CHECK(count() == 10);
  CHECK_FALSE(find("new0", later).empty());
}

TEST_CASE_METHOD(replies_fixture, "a reply does not change last_insert_rowid()",
                 "[storage][idempotency]") {
  REQUIRE(write("CREATE TABLE t(x)").done);
  REQUIRE(write("INSERT INTO t(rowid, x) VALUES (41, 1)").done);
  remember("a", "{}");
  CHECK(write("UPDATE t SET x = 2").meta("last_row_id") == 41);
}

TEST_CASE_METHOD(replies_fixture, "clients cannot touch the replies",
                 "[storage][idempotency]") {
  remember("a", "{}");
  for (const auto* sql :
       {"SELECT * FROM _cf_KV", "DELETE FROM _cf_KV", "DROP TABLE _cf_KV"}) {
    CAPTURE(sql);
    CHECK(write(sql).failure().starts_with("not_authorized: "));
  }
  CHECK(count() == 1);
}

TEST_CASE("the replies work under the smallest limits that can be set",
          "[storage][idempotency]") {
  auto options = writer_options();
  options.limits.sql_bytes_max = 1'024;
  options.limits.parameters_max = 16;
  options.limits.columns_max = 16;
  options.limits.function_arguments_max = 8;
  options.limits.row_bytes_max = 1'024;
  auto database = test_database{options};
  auto replies = idempotency::open(database.writer(), kept_for, start).value();
  REQUIRE(replies.remember(identity("a"), "{}", start));
  CHECK(replies.find(identity("a"), start).value() == "{}");
  CHECK(failure_of(
            replies.remember(identity("b"), std::string(2'000, ' '), start))
            .starts_with("too_large: "));
}

} // namespace sluice::storage
