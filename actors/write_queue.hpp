#pragma once

#include "actors/job.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace sluice::actors {

/// The requests that wait for one database's writer, first come, first served.
/// It is there before the writer is, and after it: what waits while a database
/// is closed waits here, too. Any thread; one writer at a time takes from it.
///
/// Bounded by the database's admission, where each request has a place.
class write_queue {
public:
  /// @return whether the writer sleeps: the caller wakes it with a message. One
  /// that has not looked yet does not.
  [[nodiscard]] bool push(job_ptr work);

  /// @return null where nothing waits.
  [[nodiscard]] job_ptr pop();

  /// The writer looks whether it has something to do.
  /// @return false where nothing waits: from then on it counts as asleep.
  [[nodiscard]] bool has_work();

  [[nodiscard]] std::size_t size() const;

  /// Removes the requests whose deadline has passed.
  [[nodiscard]] std::vector<job_ptr> take_late(storage::deadline now);
  [[nodiscard]] std::vector<job_ptr> take_all();

private:
  mutable std::mutex mutex_;
  std::deque<job_ptr> waiting_;
  /// No deadline in the queue is earlier.
  storage::deadline earliest_ = storage::no_deadline;
  bool is_asleep_ = false;
};

} // namespace sluice::actors
