#include "actors/read_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::actors {

namespace {

/// Work on a database's waiting list moves to the front of its memory when so
/// many places there are free.
constexpr auto compact_at = std::size_t{64};

void refuse(job& work) {
  work.reply.fail(
      {codec::error_code::unavailable, "the server is shutting down"});
}

} // namespace

std::size_t read_queue::add_reader(reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  readers_.push_back({std::move(reader), {}});
  idle_.push_back(readers_.size() - 1);
  return readers_.size() - 1;
}

void read_queue::replace_reader(std::size_t index, reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  if (index >= readers_.size())
    return;
  auto& place = readers_[index];
  place.address = std::move(reader);
  for (const auto& uuid : place.to_forget)
    caf::anon_send(place.address, forget_atom::value, uuid);
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
  caf::anon_send(readers_[index].address, work_atom::value);
}

void read_queue::push(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_) {
    refuse(*work);
    return;
  }
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
  if (is_closed_)
    return nullptr;
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

std::vector<job_ptr> read_queue::take_waiting(open_database& database) {
  auto result = std::vector<job_ptr>{};
  for (auto i = database.waiting_head_; i < database.waiting_.size(); ++i)
    result.push_back(std::move(database.waiting_[i]));
  waiting_ -= result.size();
  database.waiting_.clear();
  database.waiting_head_ = 0;
  return result;
}

std::vector<job_ptr> read_queue::take_all(const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::vector<job_ptr>{};
  std::erase_if(turns_, [this, &uuid, &result](const auto& database) {
    if (database->uuid != uuid)
      return false;
    std::ranges::move(take_waiting(*database), std::back_inserter(result));
    return true;
  });
  return result;
}

std::size_t read_queue::tell_to_forget(const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  for (auto& reader : readers_) {
    reader.to_forget.push_back(uuid);
    caf::anon_send(reader.address, forget_atom::value, uuid);
  }
  return readers_.size();
}

void read_queue::did_forget(std::size_t index, const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  if (index < readers_.size())
    std::erase(readers_[index].to_forget, uuid);
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
  auto left = std::vector<job_ptr>{};
  {
    const auto guard = std::lock_guard{mutex_};
    is_closed_ = true;
    readers_.clear();
    idle_.clear();
    for (const auto& database : turns_)
      std::ranges::move(take_waiting(*database), std::back_inserter(left));
    turns_.clear();
  }
  for (const auto& work : left)
    refuse(*work);
}

} // namespace sluice::actors
