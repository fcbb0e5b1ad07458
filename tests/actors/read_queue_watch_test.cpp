#include "messaging/thread_priority.hpp"
#include "tests/actors/queue_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <future>
#include <thread>

/// How the queue looks after the reads that run.
namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using actors::cancel_reason;
using actors::job_ptr;
using actors::open_database_ptr;

/// Three readers; a read is long after 20 ms.
struct watch_fixture : queue_fixture {
  watch_fixture() {
    settings.readers.long_read_ms = 20;
    settings.readers.long_reads_max = 4;
    settings.readers.long_reads_per_database_max = 2;
    settings.readers.stalled_streams_max = 3;
    settings.readers.stalled_streams_per_database_max = 2;
    add_readers(3);
  }
  /// Queues so many reads.
  void push_reads(const open_database_ptr& database, int count) {
    for (auto i = 0; i < count; ++i)
      push(database, database->name + std::to_string(i));
  }
  void let_time_pass(std::chrono::milliseconds time = 25ms) {
    now += time;
  }
  static void finish(const job_ptr& work) {
    work->reply.succeed("done");
  }
};

} // namespace

TEST_CASE_METHOD(watch_fixture,
                 "a long read leaves its place in the pool to another reader",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  const auto b = make_database("b");
  const auto c = make_database("c");
  push_reads(a, 2);
  push_reads(b, 1);
  const auto long_reads = std::vector{begin(0), begin(1), begin(2)};
  CHECK(look().wanted.empty());
  let_time_pass();
  push(c, "c");
  CHECK(look().wanted == std::vector<std::size_t>{3, 4, 5});
  CHECK(queue.count().long_running == 3);
  run();
  CHECK(std::ranges::find(heard.woken, "r5") != heard.woken.end());
  CHECK(pop(5) == "c");
  CHECK(queue.readers() == 3);
  for (const auto& work : long_reads)
    finish(work);
}

TEST_CASE_METHOD(
    watch_fixture,
    "some room for long reads is kept for databases that have none",
    "[actors][read_queue]") {
  settings.readers.long_reads_max = 8;
  settings.readers.long_reads_per_database_max = 4;
  auto works = std::vector<job_ptr>{};
  auto at = std::size_t{0};
  const auto begin_long = [this, &works, &at](const auto& database) {
    push(database, "read " + std::to_string(at));
    works.push_back(begin(at++));
    let_time_pass();
    static_cast<void>(look());
    return works.back();
  };
  const auto a = make_database("a");
  const auto b = make_database("b");
  for (auto i = 0; i < 4; ++i)
    begin_long(a);
  for (auto i = 0; i < 3; ++i)
    begin_long(b);
  CHECK(queue.count().long_running == 7);
  // The last one is for others.
  push(b, "waits");
  CHECK(pop(at).empty());
  const auto c = make_database("c");
  CHECK_FALSE(begin_long(c)->cancelled.is_asked());
  CHECK(queue.count().long_running == 8);
  for (const auto& work : works)
    finish(work);
}

TEST_CASE_METHOD(watch_fixture,
                 "a read that takes long because it gets no core does not have "
                 "its database wait for room among long ones",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  const auto b = make_database("b");
  const auto c = make_database("c");
  push_reads(a, 2);
  push_reads(b, 2);
  auto works = std::vector{begin(0), begin(1)};
  let_time_pass();
  CHECK(look().wanted == std::vector<std::size_t>{3, 4});
  works.push_back(begin(2));
  works.push_back(begin(3));
  let_time_pass();
  static_cast<void>(look());
  REQUIRE(queue.count().long_running == 4);
  // It is this thread, which computes next to nothing while time passes.
  queue.know_thread(4, messaging::thread_number());
  push_reads(c, 2);
  const auto starved = begin(4);
  CHECK(look().is_busy);
  let_time_pass();
  static_cast<void>(look());
  CHECK_FALSE(starved->cancelled.is_asked());
  finish(starved);
  const auto next = begin(4);
  CHECK(next->target == c);
  // One that computes is asked to make room.
  CHECK(look().is_busy);
  const auto begun = messaging::processor_time_of(messaging::thread_number());
  REQUIRE(begun);
  while (*messaging::processor_time_of(messaging::thread_number())
         < *begun + 10ms)
    continue;
  let_time_pass();
  static_cast<void>(look());
  CHECK(next->cancelled.reason() == cancel_reason::crowded);
  for (const auto& work : works)
    finish(work);
  finish(next);
}

TEST_CASE_METHOD(watch_fixture,
                 "a reader that is done with a long read has its place again",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  push(a, "long");
  const auto work = begin(0);
  let_time_pass();
  CHECK(look().wanted == std::vector<std::size_t>{3});
  CHECK_FALSE(queue.is_in_pool(0));
  CHECK(queue.is_in_pool(3));
  finish(work);
  push(a, "next");
  CHECK(pop(0) == "a");
  CHECK(queue.is_in_pool(0));
  CHECK_FALSE(queue.is_in_pool(3));
  // Its substitute waits for the next long read.
  CHECK(pop(3).empty());
  push(a, "long too");
  const auto other = begin(0);
  let_time_pass();
  CHECK(look().wanted.empty());
  CHECK(queue.is_in_pool(3));
  finish(other);
  CHECK(pop(0).empty());
}

TEST_CASE_METHOD(
    watch_fixture,
    "a reader that was at a very long read ends, and its substitute "
    "stays",
    "[actors][read_queue]") {
  const auto a = make_database("a");
  push(a, "very long");
  auto work = begin(0);
  // One that loses its weight, and is none of the test's.
  auto done = std::promise<void>{};
  auto number = std::promise<int>{};
  const auto thread = std::jthread{[&done, &number] {
    number.set_value(messaging::thread_number());
    done.get_future().wait();
  }};
  queue.know_thread(0, number.get_future().get());
  let_time_pass();
  CHECK(look().wanted == std::vector<std::size_t>{3});
  let_time_pass(200ms);
  CHECK(look().ended.empty());
  done.set_value();
  finish(work);
  push(a, "next");
  CHECK(pop(0).empty());
  CHECK(queue.is_in_pool(3));
  CHECK(pop(3) == "a");
  CHECK(look().ended == std::vector<std::size_t>{0});
  // Its place is another's now.
  push(a, "long");
  work = begin(3);
  let_time_pass();
  CHECK(look().wanted == std::vector<std::size_t>{0});
  finish(work);
  CHECK(pop(3).empty());
  CHECK(queue.is_in_pool(3));
}

TEST_CASE_METHOD(watch_fixture, "a substitute that nobody needs ends",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  push(a, "long");
  const auto work = begin(0);
  let_time_pass();
  std::ignore = look();
  finish(work);
  CHECK(pop(0).empty());
  auto found = look();
  CHECK(found.ended.empty());
  CHECK(found.is_busy);
  let_time_pass(11s);
  found = look();
  CHECK(found.ended == std::vector<std::size_t>{3});
  CHECK_FALSE(found.is_busy);
  CHECK(queue.tell_to_forget("x") == 3);
  // Nothing comes to it, whatever it asks for.
  push(a, "short");
  CHECK(pop(3).empty());
  CHECK(pop(0) == "a");
}

TEST_CASE_METHOD(watch_fixture,
                 "a database with as many long reads as it may have waits, and "
                 "others do not",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  const auto b = make_database("b");
  push_reads(a, 4);
  const auto first = begin(0);
  const auto second = begin(1);
  let_time_pass();
  std::ignore = look();
  CHECK(queue.count().long_running == 2);
  push(b, "b");
  CHECK(pop(2) == "b");
  CHECK(pop(2).empty());
  CHECK(pop(3).empty());
  CHECK(queue.size() == 2);
  // One that ends lets the next one start.
  finish(first);
  CHECK(pop(0) == "a");
  finish(second);
}

TEST_CASE_METHOD(watch_fixture,
                 "databases that have had long reads leave a reader to others",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  const auto b = make_database("b");
  const auto c = make_database("c");
  const auto d = make_database("d");
  push(a, "a");
  push(b, "b");
  push(c, "c");
  for (const auto& work : {begin(0), begin(1), begin(2)}) {
    REQUIRE(work);
    finish(work);
  }
  let_time_pass();
  std::ignore = look();
  // They are done, but are remembered.
  for (auto i = std::size_t{0}; i < 3; ++i)
    CHECK(pop(i).empty());
  push(a, "a too");
  push(b, "b too");
  push(c, "c too");
  push(d, "d");
  const auto first = begin(0);
  const auto second = begin(1);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(pop(2) == "d");
  CHECK(pop(2).empty());
  // Not for ever.
  let_time_pass(11s);
  CHECK(pop(2) == "c");
  finish(first);
  finish(second);
}

TEST_CASE_METHOD(
    watch_fixture,
    "a long read for which there is no thread is sent back to wait",
    "[actors][read_queue]") {
  settings.readers.long_reads_max = 2;
  const auto a = make_database("a");
  const auto b = make_database("b");
  push_reads(a, 2);
  push_reads(b, 1);
  const auto held = std::vector{begin(0), begin(1), begin(2)};
  let_time_pass();
  std::ignore = look();
  CHECK(queue.count().long_running == 2);
  CHECK(held[2]->cancelled.reason() == cancel_reason::crowded);
  held[2]->cancelled.forget();
  queue.let_go(2);
  queue.put_back(held[2]);
  CHECK(pop(2).empty());
  CHECK(queue.size() == 1);
  finish(held[0]);
  CHECK(pop(0) == "a");
  finish(held[1]);
}

TEST_CASE_METHOD(watch_fixture,
                 "streams that wait for their requesters are no long reads",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  push_reads(a, 5);
  const auto first = begin(0);
  const auto second = begin(1);
  first->is_stalled = true;
  second->is_stalled = true;
  let_time_pass();
  std::ignore = look();
  CHECK(queue.count().stalled == 2);
  CHECK(queue.count().long_running == 0);
  const auto third = begin(3);
  REQUIRE(third);
  // No more of one database.
  third->is_stalled = true;
  let_time_pass();
  std::ignore = look();
  CHECK(queue.count().stalled == 2);
  CHECK(queue.count().long_running == 1);
  // One that goes on is one.
  first->is_stalled = false;
  std::ignore = look();
  CHECK(queue.count().stalled == 2);
  CHECK(queue.count().long_running == 1);
  for (const auto& work : {first, second, third})
    finish(work);
}

TEST_CASE_METHOD(watch_fixture,
                 "a read that hangs is answered, and its reader given up",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  push(a, "hangs", {.until = now + 100ms});
  const auto work = begin(0);
  CHECK(queue.tell_to_forget("x") == 3);
  let_time_pass(50ms);
  CHECK(look().wanted == std::vector<std::size_t>{3});
  let_time_pass(1'100ms);
  auto found = look();
  REQUIRE(found.hung.size() == 1);
  CHECK(found.not_forgotten == std::vector<std::string>{"x"});
  found.hung.front()->reply.fail_from_outside(
      {codec::error_code::timeout, "hangs"});
  CHECK(queue.count().hung == 1);
  CHECK(sink.only("hangs").failed_with("timeout"));
  // What it says later goes nowhere.
  work->reply.succeed("late");
  CHECK(sink.only("hangs").failed_with("timeout"));
  CHECK_FALSE(queue.did_forget(0, "x"));
  CHECK(pop(0).empty());
  CHECK(queue.count().hung == 0);
  CHECK_FALSE(queue.is_in_pool(0));
  CHECK(queue.is_in_pool(3));
}

TEST_CASE_METHOD(watch_fixture,
                 "a database whose reads hang is unavailable, others are not",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  const auto b = make_database("b");
  push(a, "1", {.until = now + 100ms});
  push(a, "2", {.until = now + 100ms});
  push(a, "waits");
  const auto first = begin(0);
  const auto second = begin(1);
  let_time_pass(1'200ms);
  const auto found = look();
  CHECK(found.hung.size() == 2);
  REQUIRE(found.refused.size() == 1);
  found.refused.front()->reply.fail(
      actors::read_queue::hanging(*found.refused.front()));
  push(a, "later");
  CHECK(sink.only("later").failed_with("unavailable"));
  // Also where it was opened again meanwhile.
  push(make_database("a"), "elsewhere");
  CHECK(sink.only("elsewhere").failed_with("unavailable"));
  push(b, "b");
  CHECK(pop(2) == "b");
  finish(first);
  CHECK(pop(0).empty());
  push(a, "again");
  CHECK(pop(2) == "a");
  finish(second);
}

TEST_CASE_METHOD(watch_fixture,
                 "a read that may not start is told when its deadline passes",
                 "[actors][read_queue]") {
  const auto a = make_database("a");
  push_reads(a, 2);
  push(a, "patient");
  push(a, "hasty", {.until = now + 1s});
  const auto first = begin(0);
  const auto second = begin(1);
  let_time_pass();
  std::ignore = look();
  let_time_pass(2s);
  const auto found = look();
  REQUIRE(found.expired.size() == 1);
  found.expired.front()->reply.fail(actors::late_in_queue());
  CHECK(sink.only("hasty").failed_with("timeout"));
  CHECK(queue.size() == 1);
  finish(first);
  finish(second);
}

TEST_CASE_METHOD(watch_fixture, "the watcher is woken when reads begin to run",
                 "[actors][read_queue]") {
  auto ticks = 0;
  const auto behave
      = [](actors::supervisor_actor::pointer,
           int* counted) -> actors::supervisor_actor::behavior_type {
    return {
        [counted](actors::tick_atom) { ++*counted; },
        [](actors::shut_atom) { return true; },
    };
  };
  const auto watcher = system().spawn(behave, &ticks);
  queue.be_watched_by(watcher);
  const auto a = make_database("a");
  push_reads(a, 2);
  CHECK(pop(0) == "a");
  CHECK(pop(0) == "a");
  run();
  CHECK(ticks == 1);
  CHECK(pop(0).empty());
  CHECK_FALSE(look().is_busy);
  push(a, "again");
  CHECK(pop(0) == "a");
  run();
  CHECK(ticks == 2);
  queue.close();
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
  run();
}

} // namespace sluice::tests
