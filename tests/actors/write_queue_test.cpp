#include "actors/write_queue.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace sluice::tests {

using namespace std::chrono_literals;
using actors::write_queue;

namespace {

struct write_queue_fixture : serving_fixture {
  write_queue requests;
  storage::deadline now = std::chrono::steady_clock::now();

  bool push(const std::string& subject,
            storage::deadline until = storage::no_deadline) {
    return requests.push(make_query(subject, "SELECT 1", {.until = until}));
  }
  void answer(const std::vector<actors::job_ptr>& taken) {
    for (const auto& work : taken)
      work->reply.succeed("{}");
  }
};

} // namespace

TEST_CASE_METHOD(write_queue_fixture,
                 "a writer is woken once, and only if it found nothing",
                 "[actors][write_queue]") {
  // It has not looked yet.
  CHECK_FALSE(push("1"));
  CHECK(requests.has_work());
  CHECK_FALSE(push("2"));
  answer(requests.take_all());
  CHECK_FALSE(requests.has_work());
  CHECK(push("3"));
  CHECK_FALSE(push("4"));
  answer(requests.take_all());
  CHECK(sink.count("4") == 1);
}

TEST_CASE_METHOD(write_queue_fixture,
                 "requests leave in the order of their coming",
                 "[actors][write_queue]") {
  for (const auto* subject : {"1", "2", "3"})
    push(subject);
  CHECK(requests.size() == 3);
  requests.pop()->reply.succeed("{}");
  CHECK(sink.has("1"));
  requests.pop()->reply.succeed("{}");
  CHECK(sink.has("2"));
  requests.pop()->reply.succeed("{}");
  CHECK(requests.pop() == nullptr);
}

TEST_CASE_METHOD(write_queue_fixture,
                 "only requests whose deadline has passed are late, and the "
                 "others keep their order",
                 "[actors][write_queue]") {
  push("1", now + 1min);
  push("2", now - 1ms);
  push("3");
  push("4", now);
  CHECK(requests.take_late(now - 1h).empty());
  answer(requests.take_late(now));
  CHECK(sink.has("2"));
  CHECK(sink.has("4"));
  CHECK(requests.take_late(now).empty());
  requests.pop()->reply.succeed("{}");
  CHECK(sink.has("1"));
  CHECK_FALSE(sink.has("3"));
  // What comes later is looked at again.
  push("5", now - 1ms);
  answer(requests.take_late(now));
  CHECK(sink.has("5"));
  answer(requests.take_all());
  CHECK(sink.has("3"));
}

} // namespace sluice::tests
