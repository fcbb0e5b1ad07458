#include "tests/actors/queue_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using actors::open_database_ptr;

using words = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(queue_fixture, "a read wakes one idle reader",
                 "[actors][read_queue]") {
  add_readers(3);
  const auto a = make_database("a");
  push(a, "1");
  run();
  CHECK(heard.woken.size() == 1);
  CHECK(queue.size() == 1);
  CHECK(pop(2) == "a");
  CHECK(queue.size() == 0);
  CHECK(sink.only("1").succeeded());
}

TEST_CASE_METHOD(queue_fixture, "reads of one database keep their order",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  auto expected = words{};
  for (auto i = 0; i < 300; ++i) {
    expected.push_back(std::to_string(i));
    push(a, expected.back());
  }
  CHECK(queue.size() == 300);
  for (auto i = 0; i < 300; ++i)
    CHECK(pop(0) == "a");
  CHECK(pop(0).empty());
  auto order = words{};
  for (const auto& reply : sink.all())
    order.push_back(reply.subject);
  CHECK(order == expected);
  CHECK(queue.size() == 0);
}

TEST_CASE_METHOD(queue_fixture,
                 "the databases of a reader take turns of a few reads",
                 "[actors][read_queue]") {
  add_readers(1);
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 20; ++i)
    push(a, "a" + std::to_string(i));
  push(b, "b0");
  push(b, "b1");
  auto taken = std::string{};
  for (auto i = 0; i < 22; ++i)
    taken += pop(0);
  CHECK(taken == "aaaaaaaaaaaaaaaabbaaaa");
}

TEST_CASE_METHOD(queue_fixture, "slow reads make a database's turn shorter",
                 "[actors][read_queue]") {
  add_readers(1);
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 4; ++i)
    push(a, "a" + std::to_string(i));
  push(b, "b0");
  auto taken = std::string{};
  for (auto i = 0; i < 5; ++i) {
    taken += pop(0);
    now += 1ms;
  }
  CHECK(taken == "aabaa");
}

TEST_CASE_METHOD(queue_fixture, "a reader keeps to its databases",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 3; ++i) {
    push(a, "a" + std::to_string(i));
    push(b, "b" + std::to_string(i));
  }
  CHECK(pop(1) == "b");
  CHECK(pop(1) == "b");
  CHECK(pop(0) == "a");
  CHECK(pop(1) == "b");
  // With nothing else to do it helps.
  CHECK(pop(1).empty());
  CHECK(pop(0) == "a");
  run();
  heard.woken.clear();
  push(b, "b3");
  run();
  CHECK(heard.woken == words{"r1"});
}

TEST_CASE_METHOD(queue_fixture, "one database never holds all readers",
                 "[actors][read_queue]") {
  add_readers(3);
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 5; ++i)
    push(a, "a" + std::to_string(i));
  CHECK(pop(0) == "a");
  CHECK(pop(1) == "a");
  CHECK(pop(2).empty());
  // The third is for others.
  run();
  heard.woken.clear();
  push(b, "b0");
  run();
  CHECK(heard.woken == words{"r2"});
  CHECK(pop(2) == "b");
  CHECK(pop(2).empty());
  // One that gives a place of the database back takes the next itself.
  CHECK(pop(1) == "a");
}

TEST_CASE_METHOD(queue_fixture, "a single reader serves every database",
                 "[actors][read_queue]") {
  add_readers(1);
  const auto a = make_database("a");
  push(a, "1");
  run();
  CHECK(heard.woken == words{"r0"});
  CHECK(pop(0) == "a");
}

TEST_CASE_METHOD(queue_fixture,
                 "a reader that pauses lets another one take its place",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  push(a, "1");
  push(a, "2");
  CHECK(pop(0) == "a");
  CHECK(pop(1).empty());
  queue.finish(0);
  CHECK(pop(1) == "a");
}

TEST_CASE_METHOD(queue_fixture, "every idle reader gets work while there is",
                 "[actors][read_queue]") {
  add_readers(4);
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 4; ++i) {
    push(a, "a" + std::to_string(i));
    push(b, "b" + std::to_string(i));
  }
  run();
  std::ranges::sort(heard.woken);
  CHECK(heard.woken == words{"r0", "r1", "r2", "r3"});
}

TEST_CASE_METHOD(queue_fixture,
                 "take_all gives what waits for a database, and nothing else",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  const auto b = make_database("b");
  push(a, "a0");
  push(b, "b0");
  push(a, "a1");
  const auto taken = queue.take_all("a-uuid");
  REQUIRE(taken.size() == 2);
  CHECK(queue.size() == 1);
  CHECK(pop(0) == "b");
  CHECK(pop(0).empty());
  CHECK(queue.take_all("a-uuid").empty());
  for (const auto& work : taken)
    work->reply.succeed("taken");
}

TEST_CASE_METHOD(queue_fixture,
                 "take_all also gives what came when the database was open "
                 "before",
                 "[actors][read_queue]") {
  add_readers(2);
  push(make_database("a"), "before");
  push(make_database("a"), "now");
  const auto taken = queue.take_all("a-uuid");
  CHECK(taken.size() == 2);
  CHECK(pop(0).empty());
  for (const auto& work : taken)
    work->reply.succeed("taken");
}

TEST_CASE_METHOD(queue_fixture, "a reader in a dead one's place is woken",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  push(a, "1");
  run();
  // Whoever was woken dies before it takes the read.
  const auto dead = heard.woken.front() == "r0" ? 0u : 1u;
  heard.woken.clear();
  queue.replace_reader(1 - dead, spawn_reader("other"));
  queue.replace_reader(dead, spawn_reader("new"));
  run();
  CHECK_FALSE(heard.woken.empty());
  CHECK(std::ranges::count(heard.woken, "r0") == 0);
  CHECK(std::ranges::count(heard.woken, "r1") == 0);
  CHECK(pop(dead) == "a");
}

TEST_CASE_METHOD(queue_fixture,
                 "a reader in a dead one's place is told what to forget",
                 "[actors][read_queue]") {
  add_readers(2);
  CHECK(queue.tell_to_forget("x") == 2);
  CHECK(queue.tell_to_forget("y") == 2);
  run();
  std::ranges::sort(heard.forgetting);
  CHECK(heard.forgetting == words{"r0 x", "r0 y", "r1 x", "r1 y"});
  CHECK(queue.did_forget(0, "x"));
  CHECK_FALSE(queue.did_forget(0, "x"));
  heard.forgetting.clear();
  queue.replace_reader(0, spawn_reader("new"));
  run();
  // Of `x` the catalog has heard.
  CHECK(heard.forgetting == words{"new y"});
}

TEST_CASE_METHOD(queue_fixture,
                 "a queue that closes answers what waits, and what still comes",
                 "[actors][read_queue]") {
  add_readers(2);
  const auto a = make_database("a");
  push(a, "1");
  push(a, "2");
  CHECK(pop(0) == "a");
  queue.close();
  CHECK(sink.only("2").failed_with("unavailable"));
  push(a, "3");
  CHECK(sink.only("3").failed_with("unavailable"));
  CHECK(pop(0).empty());
  CHECK(queue.size() == 0);
  CHECK(queue.readers() == 0);
  // Nothing of it keeps the database.
  CHECK(a.use_count() == 1);
}

} // namespace sluice::tests
