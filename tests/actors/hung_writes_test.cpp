#include "tests/actors/hanging_function.hpp"
#include "tests/actors/live_system.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>

/// Writes that no deadline ends.
namespace sluice::tests {

namespace {

using namespace std::chrono_literals;
using actors::job_route;

struct hung_writes : live_system {
  hung_writes() {
    start(3);
    hanging.emplace();
    for (const auto* name : {"a", "b"}) {
      create(name);
      must(name, "CREATE TABLE t(x)");
    }
  }
  /// Starts a write that hangs in the database a. @return its subject.
  std::string start_hanging() {
    auto subject = start_write("INSERT INTO t SELECT hang()", in(100ms));
    eventually([this] { return hanging->waiting() == 1; });
    return subject;
  }
  std::string start_write(std::string sql,
                          std::chrono::steady_clock::time_point until) {
    return start_query(
        std::move(sql),
        {.database = "a", .route = job_route::writer, .until = until});
  }

  std::optional<hanging_function> hanging;
};

} // namespace

TEST_CASE_METHOD(hung_writes,
                 "a write that hangs makes its database unavailable for "
                 "writes, and others go on",
                 "[actors][writer]") {
  const auto hung = start_hanging();
  const auto late = start_write("INSERT INTO t VALUES (1)", in(100ms));
  const auto queued = start_write("INSERT INTO t VALUES (2)", in(60s));
  CHECK(sink.await(late).failed_with("timeout"));
  CHECK(sink.await(queued).failed_with("unavailable"));
  CHECK(ask("a", "INSERT INTO t VALUES (3)").failed_with("unavailable"));
  CHECK(ask("a", "SELECT 1", job_route::reader).succeeded());
  must("b", "INSERT INTO t VALUES (1)");
  // Whether it will have been executed is not known yet.
  CHECK_FALSE(sink.has(hung));
  hanging->release();
  CHECK(sink.await(hung).subject == hung);
  must("a", "INSERT INTO t VALUES (4)");
  CHECK(stop());
}

TEST_CASE_METHOD(hung_writes, "nobody waits at the end for a write that hangs",
                 "[actors][writer]") {
  const auto hung = start_hanging();
  auto has_ended = false;
  CHECK_FALSE(stop([this, &has_ended] {
    has_ended = true;
    hanging->release();
  }));
  CHECK(has_ended);
  CHECK(sink.has(hung));
}

} // namespace sluice::tests
