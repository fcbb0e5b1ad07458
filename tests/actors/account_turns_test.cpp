#include "actors/account_turns.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

/// Requests for databases, by sources.
struct turns_fixture : serving_fixture {
  actors::job_ptr make(const std::string& name, const std::string& database,
                       const std::string& source) {
    auto work = make_query(name, "SELECT 1", {.database = database});
    work->account = std::make_unique<actors::account_work>();
    work->account->source = source;
    return work;
  }
  void push(const std::string& name, const std::string& database,
            const std::string& source = {}) {
    turns.push(make(name, database, source));
  }
  /// Answers the request, so that its name is known.
  std::string name_of(const actors::job_ptr& work) {
    if (!work)
      return {};
    const auto before = sink.all().size();
    work->reply.succeed("done");
    return sink.all().at(before).subject;
  }
  /// The names of all, in their turns.
  std::string drain() {
    auto result = std::string{};
    while (auto work = turns.pop())
      result += name_of(work) + " ";
    return result;
  }
  /// Who makes room for a request that is not queued.
  std::string displaced_by(const std::string& database,
                           const std::string& source = {}) {
    const auto newcomer = make("newcomer", database, source);
    auto result = name_of(turns.make_room_for(*newcomer));
    newcomer->reply.succeed("done");
    return result;
  }

  actors::account_turns turns;
};

} // namespace

TEST_CASE_METHOD(turns_fixture,
                 "databases take turns, and so do the sources of one",
                 "[actors][accounts]") {
  CHECK(turns.pop() == nullptr);
  for (const auto* name : {"a1", "a2", "a3"})
    push(name, "a", "many");
  push("a4", "a", "one");
  push("b1", "b");
  push("b2", "b");
  CHECK(turns.size() == 6);
  CHECK(drain() == "a1 b1 a4 b2 a2 a3 ");
  CHECK(turns.is_empty());
  push("a5", "a");
  CHECK(drain() == "a5 ");
}

TEST_CASE_METHOD(turns_fixture,
                 "room is made by the newest of the database that has most",
                 "[actors][accounts]") {
  CHECK(displaced_by("a").empty());
  for (const auto* name : {"a1", "a2", "a3"})
    push(name, "a", name);
  push("b1", "b");
  CHECK(displaced_by("c") == "a1");
  CHECK(turns.size() == 3);
  // One more than the newcomer's own is no unequal share.
  CHECK(displaced_by("b").empty());
  CHECK(displaced_by("a").empty());
  CHECK(displaced_by("c") == "a2");
  CHECK(displaced_by("c").empty());
  CHECK(drain().size() == 6);
}

TEST_CASE_METHOD(turns_fixture,
                 "within a database room is made by the source that has most",
                 "[actors][accounts]") {
  push("a1", "a", "one");
  for (const auto* name : {"a2", "a3", "a4"})
    push(name, "a", "many");
  CHECK(displaced_by("a", "many").empty());
  CHECK(displaced_by("a", "one") == "a4");
  CHECK(displaced_by("a", "one").empty());
  CHECK(displaced_by("a", "another") == "a3");
  CHECK(displaced_by("a", "another").empty());
  for (const auto& each : turns.take_all())
    name_of(each);
  CHECK(turns.is_empty());
}

} // namespace sluice::tests
