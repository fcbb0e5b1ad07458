#include "actors/account_queue.hpp"
#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>

namespace sluice::tests {

namespace {

using actors::account_queue;
using actors::account_worker_actor;
using words = std::vector<std::string>;

const auto full
    = codec::error{codec::error_code::overloaded, "there is no room"};

constexpr auto no_delay = account_queue::clock::duration{0};

/// What workers were told, by the name that they have in a test.
account_worker_actor::behavior_type
listening_worker(account_worker_actor::pointer, words* heard,
                 const std::string& name) {
  return {
      [heard, name](actors::work_atom) { heard->push_back(name); },
      [heard, name](actors::release_atom, std::uint64_t number) {
        heard->push_back(name + " " + std::to_string(number));
      },
  };
}

/// A queue whose workers only take what the test has them take.
struct account_queue_fixture : deterministic_system {
  ~account_queue_fixture() {
    for (const auto& worker : workers)
      caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    run();
  }
  account_worker_actor spawn_worker(const std::string& name) {
    workers.push_back(system().spawn(listening_worker, &heard, name));
    return workers.back();
  }
  void push(account_queue& to, const std::string& subject) {
    to.push(make_query(subject, "SELECT 1"), full);
    run();
  }
  /// Takes the next request; "" if there is none.
  std::string pop(account_queue& from, std::size_t index = 0) {
    auto work = from.pop(index);
    if (!work)
      return {};
    const auto before = sink.all().size();
    work->reply.succeed("done");
    return sink.all().at(before).subject;
  }

  words heard;
  std::vector<account_worker_actor> workers;
};

} // namespace

TEST_CASE_METHOD(account_queue_fixture,
                 "a full queue takes a newcomer in the place of whoever has "
                 "most",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{3};
  queue_under_test.add_worker(spawn_worker("w0"));
  const auto push_for
      = [&](const std::string& subject, const std::string& database) {
          queue_under_test.push(
              make_query(subject, "SELECT 1", {.database = database}), full);
          run();
        };
  push_for("a0", "a");
  CHECK(pop(queue_under_test) == "a0");
  for (const auto* subject : {"a1", "a2", "a3"})
    push_for(subject, "a");
  push_for("a4", "a");
  CHECK(sink.only("a4").failed_with("overloaded"));
  push_for("b1", "b");
  CHECK(sink.only("a3").failed_with("overloaded"));
  CHECK_FALSE(sink.has("b1"));
  CHECK(queue_under_test.size() == 3);
  CHECK(queue_under_test.refused() == 2);
  // In turns.
  CHECK(pop(queue_under_test) == "b1");
  CHECK(pop(queue_under_test) == "a1");
  CHECK(pop(queue_under_test) == "a2");
}

TEST_CASE_METHOD(account_queue_fixture,
                 "one idle worker is woken, and takes requests in their order",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{10};
  queue_under_test.add_worker(spawn_worker("w0"));
  queue_under_test.add_worker(spawn_worker("w1"));
  push(queue_under_test, "a");
  CHECK(heard == words{"w0"});
  push(queue_under_test, "b");
  CHECK(heard == words{"w0", "w1"});
  push(queue_under_test, "c");
  CHECK(heard.size() == 2);
  CHECK(queue_under_test.size() == 3);
  CHECK(pop(queue_under_test, 1) == "a");
  CHECK(pop(queue_under_test, 0) == "b");
  CHECK(pop(queue_under_test, 0) == "c");
  CHECK(pop(queue_under_test, 0).empty());
  push(queue_under_test, "d");
  CHECK(heard == words{"w0", "w1", "w0"});
}

TEST_CASE_METHOD(account_queue_fixture,
                 "what finds no room is overloaded at once",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{2};
  queue_under_test.add_worker(spawn_worker("w0"));
  // One for the worker, two that wait.
  for (const auto* subject : {"a", "b", "c"})
    push(queue_under_test, subject);
  CHECK(sink.all().empty());
  push(queue_under_test, "d");
  CHECK(sink.only("d").failed_with("overloaded"));
  CHECK(sink.only("d").body.contains("there is no room"));
  CHECK(queue_under_test.refused() == 1);
  CHECK(pop(queue_under_test) == "a");
  push(queue_under_test, "e");
  CHECK(sink.only("e").failed_with("overloaded"));
  CHECK(pop(queue_under_test) == "b");
  push(queue_under_test, "f");
  CHECK_FALSE(sink.has("f"));
  queue_under_test.close();
}

TEST_CASE_METHOD(account_queue_fixture,
                 "a closed queue answers all that it has, and what comes",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{10};
  queue_under_test.add_worker(spawn_worker("w0"));
  push(queue_under_test, "a");
  push(queue_under_test, "b");
  CHECK(queue_under_test.hold(make_query("held", "SELECT 1"), no_delay) == 1);
  queue_under_test.close();
  for (const auto* subject : {"a", "b", "held"})
    CHECK(sink.only(subject).failed_with("unavailable"));
  push(queue_under_test, "late");
  CHECK(sink.only("late").failed_with("unavailable"));
  CHECK(queue_under_test.hold(make_query("later", "SELECT 1"), no_delay) == 0);
  CHECK(sink.only("later").failed_with("unavailable"));
  CHECK(queue_under_test.pop(0) == nullptr);
  CHECK(queue_under_test.refused() == 0);
}

TEST_CASE_METHOD(account_queue_fixture, "what is held goes on once",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{10};
  const auto number
      = queue_under_test.hold(make_query("a", "SELECT 1"), no_delay);
  CHECK(number == 1);
  CHECK(queue_under_test.release(7) == nullptr);
  auto work = queue_under_test.release(number);
  REQUIRE(work);
  work->reply.succeed("done");
  CHECK(queue_under_test.release(number) == nullptr);
}

TEST_CASE_METHOD(account_queue_fixture,
                 "a worker that takes a dead one's place gets what waits, and "
                 "what was held",
                 "[actors][accounts]") {
  auto queue_under_test = account_queue{10};
  queue_under_test.add_worker(spawn_worker("dead"));
  push(queue_under_test, "a");
  push(queue_under_test, "b");
  CHECK(pop(queue_under_test) == "a");
  CHECK(queue_under_test.hold(make_query("held", "SELECT 1"), no_delay) == 1);
  heard.clear();
  queue_under_test.replace_worker(0, spawn_worker("next"));
  run();
  CHECK(heard == words{"next 1", "next"});
  CHECK(pop(queue_under_test) == "b");
  queue_under_test.close();
}

} // namespace sluice::tests
