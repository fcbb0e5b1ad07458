#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>

namespace sluice::tests {

using actors::admission;
using actors::reply_token;
using codec::error_code;

namespace {

services::endpoint_statistics statistics(const serving_fixture& server) {
  return server.counters
      .snapshot()[static_cast<std::size_t>(services::endpoint_id::db_query)];
}

} // namespace

TEST_CASE_METHOD(serving_fixture, "a token answers exactly once",
                 "[actors][reply_token]") {
  {
    auto token = make_token("a");
    CHECK(token.is_open());
    token.succeed("{}", {.bookmark = "a bookmark"});
    CHECK_FALSE(token.is_open());
    token.succeed("{}");
    token.fail({error_code::storage, "late"});
  }
  const auto reply = sink.only("a");
  CHECK(reply.succeeded());
  CHECK(reply.body == "{}");
  CHECK(reply.header("Sluice-Bookmark") == "a bookmark");
  CHECK(statistics(*this).requests == 1);
  CHECK(statistics(*this).errors == 0);
}

TEST_CASE_METHOD(serving_fixture, "a failure says so in headers and body",
                 "[actors][reply_token]") {
  make_token("a").fail({error_code::conflict, "taken\r\nalready"});
  const auto reply = sink.only("a");
  CHECK(reply.failed_with("conflict"));
  // A header is one line.
  CHECK(reply.header("Nats-Service-Error") == "taken  already");
  CHECK(reply.header("Nats-Service-Error-Code") == "409");
  CHECK(reply.body
        == codec::error_body({error_code::conflict, "taken\r\nalready"}));
  CHECK(statistics(*this).requests == 1);
  CHECK(statistics(*this).errors == 1);
  CHECK(statistics(*this).last_error == "conflict");
}

TEST_CASE_METHOD(serving_fixture,
                 "a long message is cut between characters in the header only",
                 "[actors][reply_token]") {
  auto message = std::string(511, 'x') + "\u00e4" + std::string(100, 'y');
  make_token("a").fail({error_code::sql_error, message});
  const auto reply = sink.only("a");
  CHECK(reply.header("Nats-Service-Error") == std::string(511, 'x'));
  CHECK(reply.body.contains(message));
}

TEST_CASE_METHOD(serving_fixture,
                 "a token that is dropped answers internal with an incident id",
                 "[actors][reply_token]") {
  { const auto first = make_token("a"); }
  { const auto second = make_token("b"); }
  const auto reply = sink.only("a");
  CHECK(reply.failed_with("internal"));
  CHECK(reply.header("Nats-Service-Error").contains("incident "));
  // Else the log could not be searched for it.
  CHECK(reply.body != sink.only("b").body);
}

TEST_CASE_METHOD(serving_fixture,
                 "a request that no endpoint serves is answered, not counted",
                 "[actors][reply_token]") {
  const auto nobody = services::endpoint_id::none;
  reply_token{replies, nobody, "a", {}}.fail({error_code::not_found, "who?"});
  { const auto dropped = reply_token{replies, nobody, "b", {}}; }
  CHECK(sink.only("a").failed_with("not_found"));
  CHECK(sink.only("b").failed_with("internal"));
  for (const auto& each : counters.snapshot())
    CHECK(each.requests == 0);
}

TEST_CASE_METHOD(serving_fixture, "a moved-from token says nothing",
                 "[actors][reply_token]") {
  auto token = make_token("a");
  {
    auto moved = std::move(token);
    // What is tested is a use after a move.
    // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    CHECK_FALSE(token.is_open());
    token.succeed("{}");
    // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    CHECK(sink.all().empty());
    auto assigned = reply_token{};
    assigned = std::move(moved);
    assigned.succeed("{}");
  }
  CHECK(sink.only("a").succeeded());
}

TEST_CASE_METHOD(serving_fixture,
                 "a token that another one replaces is answered",
                 "[actors][reply_token]") {
  {
    auto token = make_token("a");
    token = make_token("b");
    token.succeed("{}");
  }
  CHECK(sink.only("a").failed_with("internal"));
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(serving_fixture,
                 "a token gives its places back after the reply",
                 "[actors][reply_token]") {
  auto server = admission{10, 1'000};
  auto database = admission{10, 1'000};
  const auto hold = [&server, &database](reply_token& token) {
    REQUIRE(server.try_enter(100));
    REQUIRE(database.try_enter(100));
    token.hold_server_permit({server, 100});
    token.hold_database_permit({database, 100});
  };
  auto places_at_reply = std::vector<std::uint64_t>{};
  sink.observe([&server, &database, &places_at_reply] {
    places_at_reply.push_back(server.requests() + database.requests());
  });
  auto succeeding = make_token("a");
  hold(succeeding);
  succeeding.succeed("{}");
  auto failing = make_token("b");
  hold(failing);
  failing.fail({error_code::storage, "broken"});
  {
    auto dropped = make_token("c");
    hold(dropped);
  }
  CHECK(places_at_reply == std::vector<std::uint64_t>{2, 2, 2});
  CHECK(server.requests() == 0);
  CHECK(server.bytes() == 0);
  CHECK(database.requests() == 0);
  CHECK(database.bytes() == 0);
}

TEST_CASE_METHOD(serving_fixture, "a request that wants no reply is counted",
                 "[actors][reply_token]") {
  make_token("").succeed("{}");
  make_token("").fail({error_code::storage, "broken"});
  CHECK(sink.all().empty());
  CHECK(statistics(*this).requests == 2);
  CHECK(statistics(*this).errors == 1);
}

TEST_CASE_METHOD(serving_fixture, "a reply carries the trace of its request",
                 "[actors][reply_token]") {
  const auto trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  reply_token{replies, services::endpoint_id::db_query, "a", trace}.succeed(
      "{}");
  reply_token{replies, services::endpoint_id::db_query, "b", trace}.fail(
      {error_code::storage, "broken"});
  CHECK(sink.only("a").header("traceparent") == trace);
  CHECK(sink.only("b").header("traceparent") == trace);
}

} // namespace sluice::tests
