#include "actors/account_queue.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

void refuse_unexecuted(job& work) {
  work.reply.fail({codec::error_code::unavailable,
                   "the server is shutting down; nothing was executed"});
}

} // namespace

account_queue::account_queue(std::size_t waiting_max) noexcept
    : waiting_max_{waiting_max} {
  // nop
}

std::size_t account_queue::add_worker(account_worker_actor worker) {
  const auto guard = std::lock_guard{mutex_};
  workers_.push_back({std::move(worker)});
  return workers_.size() - 1;
}

void account_queue::replace_worker(std::size_t index,
                                   account_worker_actor worker) {
  const auto guard = std::lock_guard{mutex_};
  if (index >= workers_.size())
    return;
  workers_[index] = {std::move(worker)};
  // Whoever was to let them go may have been the dead one.
  const auto now = clock::now();
  for (const auto& [number, held] : held_) {
    const auto& next = workers_[index].address;
    if (held.until > now)
      caf::delayed_anon_send(next, held.until - now, release_atom::value,
                             number);
    else
      caf::anon_send(next, release_atom::value, number);
  }
  if (!waiting_.is_empty())
    wake_one();
}

void account_queue::wake_one() {
  const auto found
      = std::ranges::find(workers_, state::idle, &worker_place::is);
  if (found == workers_.end())
    return;
  found->is = state::woken;
  caf::anon_send(found->address, work_atom::value);
}

/// What a worker that has nothing to do will take at once does not wait.
bool account_queue::has_room() const noexcept {
  const auto taken = std::ranges::count_if(
      workers_, [](const auto& worker) { return worker.is != state::busy; });
  return waiting_.size() < waiting_max_ + static_cast<std::size_t>(taken);
}

void account_queue::push(job_ptr work, const codec::error& full) {
  // Outside of the lock, for it publishes.
  if (const auto [refused, is_closed] = push_or_refuse(std::move(work));
      is_closed)
    refuse_unexecuted(*refused);
  else if (refused)
    refused->reply.fail(full);
}

/// @return the request that is to be refused, or null; and whether that is
///   because of `close`.
std::pair<job_ptr, bool> account_queue::push_or_refuse(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_)
    return {std::move(work), true};
  auto refused = job_ptr{};
  if (!has_room()) {
    ++refused_;
    refused = waiting_.make_room_for(*work);
    if (!refused)
      return {std::move(work), false};
  }
  waiting_.push(std::move(work));
  wake_one();
  return {std::move(refused), false};
}

job_ptr account_queue::pop(std::size_t index) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_ || index >= workers_.size())
    return nullptr;
  auto work = waiting_.pop();
  workers_[index].is = work ? state::busy : state::idle;
  return work;
}

std::uint64_t account_queue::hold(job_ptr work, clock::duration delay) {
  {
    const auto guard = std::lock_guard{mutex_};
    if (!is_closed_) {
      held_.emplace(++held_so_far_,
                    held_job{std::move(work), clock::now() + delay});
      return held_so_far_;
    }
  }
  refuse_unexecuted(*work);
  return 0;
}

job_ptr account_queue::release(std::uint64_t number) {
  const auto guard = std::lock_guard{mutex_};
  auto found = held_.extract(number);
  return found ? std::move(found.mapped().work) : nullptr;
}

std::size_t account_queue::size() const {
  const auto guard = std::lock_guard{mutex_};
  return waiting_.size();
}

std::uint64_t account_queue::refused() const {
  const auto guard = std::lock_guard{mutex_};
  return refused_;
}

void account_queue::close() {
  auto left = std::vector<job_ptr>{};
  {
    const auto guard = std::lock_guard{mutex_};
    is_closed_ = true;
    workers_.clear();
    left = waiting_.take_all();
    for (auto& each : held_)
      left.push_back(std::move(each.second.work));
    held_.clear();
  }
  for (const auto& work : left)
    refuse_unexecuted(*work);
}

} // namespace sluice::actors
