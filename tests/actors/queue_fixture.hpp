#pragma once

#include "tests/actors/deterministic_system.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sluice::tests {

/// What readers were told, by the name that they have in a test.
struct reader_log {
  std::vector<std::string> woken;
  std::vector<std::string> forgetting;
};

/// A queue whose readers only take what the test has them take.
struct queue_fixture : deterministic_system {
  ~queue_fixture();

  actors::reader_actor spawn_reader(const std::string& name);
  /// Named r0, r1, …
  void add_readers(int count);
  static actors::open_database_ptr make_database(const std::string& name);
  void push(const actors::open_database_ptr& database,
            const std::string& subject, const job_options& options = {});
  /// Takes the next read for a reader; "" if it has none.
  std::string pop(std::size_t index);
  /// The same without an answer: it runs from now on.
  actors::job_ptr begin(std::size_t index);
  /// Spawns the readers that the queue wants, as the supervisor does.
  actors::read_queue::findings look();

  reader_log heard;
  std::vector<actors::reader_actor> readers;
  /// As the queue is told.
  actors::read_queue::clock::time_point now = actors::read_queue::clock::now();
};

} // namespace sluice::tests
