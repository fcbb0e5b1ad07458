#include "actors/write_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::actors {

bool write_queue::push(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  earliest_ = std::min(earliest_, work->until);
  waiting_.push_back(std::move(work));
  return std::exchange(is_asleep_, false);
}

job_ptr write_queue::pop() {
  const auto guard = std::lock_guard{mutex_};
  if (waiting_.empty())
    return nullptr;
  auto result = std::move(waiting_.front());
  waiting_.pop_front();
  return result;
}

bool write_queue::has_work() {
  const auto guard = std::lock_guard{mutex_};
  is_asleep_ = waiting_.empty();
  return !is_asleep_;
}

std::size_t write_queue::size() const {
  const auto guard = std::lock_guard{mutex_};
  return waiting_.size();
}

std::vector<job_ptr> write_queue::take_late(storage::deadline now) {
  auto result = std::vector<job_ptr>{};
  const auto guard = std::lock_guard{mutex_};
  if (now < earliest_)
    return result;
  const auto late = std::stable_partition(
      waiting_.begin(), waiting_.end(),
      [now](const job_ptr& work) { return now < work->until; });
  std::move(late, waiting_.end(), std::back_inserter(result));
  waiting_.erase(late, waiting_.end());
  earliest_ = storage::no_deadline;
  for (const auto& work : waiting_)
    earliest_ = std::min(earliest_, work->until);
  return result;
}

std::vector<job_ptr> write_queue::take_all() {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::vector<job_ptr>{std::make_move_iterator(waiting_.begin()),
                                     std::make_move_iterator(waiting_.end())};
  waiting_.clear();
  earliest_ = storage::no_deadline;
  return result;
}

} // namespace sluice::actors
