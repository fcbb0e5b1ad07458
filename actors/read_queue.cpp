#include "actors/read_queue.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// Work on a database's waiting list moves to the front of its memory when so
/// many places there are free.
constexpr auto compact_at = std::size_t{64};

} // namespace

std::size_t read_queue::add_reader(reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  readers_.push_back(std::move(reader));
  idle_.push_back(readers_.size() - 1);
  return readers_.size() - 1;
}

void read_queue::replace_reader(std::size_t index, reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  if (index >= readers_.size())
    return;
  readers_[index] = std::move(reader);
  // The new one has nothing to do yet; what waits wakes it.
  if (std::ranges::find(idle_, index) == idle_.end())
    idle_.push_back(index);
  if (!turns_.empty())
    wake_one();
}

bool read_queue::may_start(const open_database& database) const noexcept {
  // One reader stays for the others, where there is more than one.
  const auto readers_max = std::max<std::size_t>(readers_.size(), 2) - 1;
  return database.active_readers_ < readers_max;
}

void read_queue::wake_one() {
  if (idle_.empty())
    return;
  const auto index = idle_.back();
  idle_.pop_back();
  caf::anon_send(readers_[index], work_atom::value);
}

void read_queue::push(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  auto database = work->target;
  auto& waiting = database->waiting_;
  const auto is_first = database->waiting_head_ == waiting.size();
  waiting.push_back(std::move(work));
  ++waiting_;
  const auto startable = may_start(*database);
  if (is_first)
    turns_.push_back(std::move(database));
  if (startable)
    wake_one();
}

job_ptr read_queue::pop(std::size_t index, const open_database_ptr& last) {
  const auto guard = std::lock_guard{mutex_};
  if (last)
    --last->active_readers_;
  const auto turn = std::ranges::find_if(
      turns_, [this](const auto& database) { return may_start(*database); });
  if (turn == turns_.end()) {
    idle_.push_back(index);
    return nullptr;
  }
  auto database = std::move(*turn);
  turns_.erase(turn);
  auto& waiting = database->waiting_;
  auto& head = database->waiting_head_;
  auto work = std::move(waiting[head]);
  ++head;
  --waiting_;
  if (head == waiting.size()) {
    waiting.clear();
    head = 0;
  } else {
    if (head >= compact_at && head * 2 >= waiting.size()) {
      waiting.erase(waiting.begin(),
                    waiting.begin() + static_cast<std::ptrdiff_t>(head));
      head = 0;
    }
    turns_.push_back(database);
  }
  ++database->active_readers_;
  // What this reader gave back may let another one start.
  if (!idle_.empty() && std::ranges::any_of(turns_, [this](const auto& x) {
        return may_start(*x);
      }))
    wake_one();
  return work;
}

void read_queue::finish(const open_database_ptr& last) {
  const auto guard = std::lock_guard{mutex_};
  if (last)
    --last->active_readers_;
}

std::vector<job_ptr> read_queue::take_all(open_database& database) {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::vector<job_ptr>{};
  for (auto i = database.waiting_head_; i < database.waiting_.size(); ++i)
    result.push_back(std::move(database.waiting_[i]));
  waiting_ -= result.size();
  database.waiting_.clear();
  database.waiting_head_ = 0;
  std::erase_if(turns_,
                [&database](const auto& x) { return x.get() == &database; });
  return result;
}

std::size_t read_queue::tell_to_forget(const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  for (const auto& reader : readers_)
    caf::anon_send(reader, forget_atom::value, uuid);
  return readers_.size();
}

std::size_t read_queue::readers() const {
  const auto guard = std::lock_guard{mutex_};
  return readers_.size();
}

std::size_t read_queue::size() const {
  const auto guard = std::lock_guard{mutex_};
  return waiting_;
}

void read_queue::close() {
  const auto guard = std::lock_guard{mutex_};
  readers_.clear();
  idle_.clear();
}

} // namespace sluice::actors
