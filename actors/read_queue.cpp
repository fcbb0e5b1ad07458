#include "actors/read_queue.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace sluice::actors {

namespace {

/// Work on a database's waiting list moves to the front of its memory when so
/// many places there are free.
constexpr auto compact_at = std::size_t{64};

/// What a database's turn has, for its pages are in the caches then.
constexpr auto turn_reads_max = std::uint32_t{16};
constexpr auto turn_time_max = std::chrono::microseconds{1'000};

void refuse(job& work) {
  work.reply.fail(
      {codec::error_code::unavailable, "the server is shutting down"});
}

} // namespace

codec::error read_queue::hanging(const job& work) {
  return {codec::error_code::unavailable,
          "reads of the database '" + work.database
              + "' hang past their deadlines; it can be read again when they "
                "have ended, or after a restart of the server"};
}

read_queue::read_queue(const config::reader_settings& bounds)
    : bounds_{bounds},
      turns_{std::max(std::thread::hardware_concurrency(), 2u) - 1u,
             std::size_t{bounds.long_reads_max} + bounds.stalled_streams_max} {
  // nop
}

// -- readers ------------------------------------------------------------------

std::size_t read_queue::add_reader(reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  const auto index = places_.size();
  if (index > 0)
    slots_.emplace_back();
  auto& added = slots_.back();
  added.owner = index;
  added.serving = index;
  places_.push_back({.address = std::move(reader), .slot = slots_.size() - 1});
  idle_.push_back(index);
  return index;
}

void read_queue::be_watched_by(supervisor_actor watcher) {
  const auto guard = std::lock_guard{mutex_};
  watcher_ = std::move(watcher);
}

void read_queue::replace_reader(std::size_t index, reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  if (index >= places_.size())
    return;
  auto& replaced = places_[index];
  settle(replaced);
  replaced.address = std::move(reader);
  replaced.thread = 0;
  replaced.gives_way = false;
  for (const auto& uuid : replaced.to_forget)
    caf::anon_send(replaced.address, forget_atom::value, uuid);
  // The new one has nothing to do yet; what waits wakes it.
  if (replaced.slot == nobody && !take_back(index)) {
    park(index);
    return;
  }
  if (std::ranges::find(idle_, index) == idle_.end())
    idle_.push_back(index);
  wake_for_startable();
}

void read_queue::enlist(std::size_t index, reader_actor reader) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_)
    return;
  if (index >= places_.size())
    places_.resize(index + 1);
  places_[index] = {.address = std::move(reader)};
  const auto empty = std::ranges::find(slots_, nobody, &slot::serving);
  if (empty == slots_.end())
    // Whose place it was to take has come back.
    park(index);
  else
    serve(static_cast<std::size_t>(empty - slots_.begin()), index);
  wake_for_startable();
}

/// Has a reader serve a slot that nobody serves.
void read_queue::serve(std::size_t slot_index, std::size_t index) {
  auto& served = slots_[slot_index];
  auto& reader = places_[index];
  served.serving = index;
  if (served.owner == nobody)
    served.owner = index;
  reader.slot = slot_index;
  reader.is_parked = false;
  if (std::ranges::find(idle_, index) == idle_.end())
    idle_.push_back(index);
}

/// Gives a reader its slot back, if it has one.
bool read_queue::take_back(std::size_t index) {
  const auto own = std::ranges::find(slots_, index, &slot::owner);
  if (own == slots_.end())
    return false;
  if (own->serving != nobody) {
    auto& substitute = places_[own->serving];
    substitute.slot = nobody;
    // One that is at work parks when it is done.
    if (std::erase(idle_, own->serving) > 0)
      park(own->serving);
  }
  own->serving = index;
  places_[index].slot = static_cast<std::size_t>(own - slots_.begin());
  places_[index].is_parked = false;
  return true;
}

void read_queue::park(std::size_t index) {
  auto& reader = places_[index];
  reader.is_parked = true;
  reader.parked_since = now_;
  // It lets go of what it has open.
  caf::anon_send(reader.address, work_atom::value);
}

bool read_queue::is_in_pool(std::size_t index) const {
  const auto guard = std::lock_guard{mutex_};
  return index < places_.size() && places_[index].slot != nobody;
}

// -- turns --------------------------------------------------------------------

std::uint32_t read_queue::readers_for_one() const noexcept {
  // One reader stays for the others, where there is more than one.
  return static_cast<std::uint32_t>(std::max<std::size_t>(slots_.size(), 2)
                                    - 1);
}

std::size_t read_queue::long_max() const noexcept {
  return std::max<std::size_t>(bounds_.long_reads_max, readers_for_one());
}

std::size_t
read_queue::long_max_for(const database_reads& reads) const noexcept {
  // A share for those that have none.
  constexpr auto kept_part = 8;
  const auto all = long_max();
  return reads.long_running == 0 ? all : all - all / kept_part;
}

std::size_t read_queue::long_per_database_max() const noexcept {
  return std::min<std::size_t>(
      std::max<std::size_t>(bounds_.long_reads_per_database_max,
                            readers_for_one()),
      long_max());
}

bool read_queue::is_suspected(const open_database& database) const noexcept {
  return now_ < database.reads_.suspected_until;
}

/// Whether a read may start now: of a database that is thought to have long
/// ones only where there is room for one more.
bool read_queue::may_start(const open_database& database) const noexcept {
  const auto& reads = database.reads_;
  if (reads.in_pool >= readers_for_one())
    return false;
  if (!is_suspected(database))
    return true;
  if (reads.in_pool + reads.long_running >= long_per_database_max())
    return false;
  auto suspects = std::size_t{0};
  auto running = std::size_t{0};
  for (const auto& each : places_) {
    if (!each.database)
      continue;
    running += each.kind == read_class::long_running ? 1 : 0;
    suspects += each.kind == read_class::in_pool && is_suspected(*each.database)
                    ? 1
                    : 0;
  }
  return suspects < readers_for_one()
         && suspects + running < long_max_for(reads);
}

void read_queue::wake(std::size_t index) {
  std::erase(idle_, index);
  caf::anon_send(places_[index].address, work_atom::value);
}

void read_queue::wake_for(std::size_t slot_index) {
  if (idle_.empty())
    return;
  const auto serving = slots_[slot_index].serving;
  const auto is_idle = std::ranges::find(idle_, serving) != idle_.end();
  wake(is_idle ? serving : idle_.back());
}

void read_queue::wake_for_startable() {
  if (idle_.empty())
    return;
  for (auto i = std::size_t{0}; i < slots_.size(); ++i)
    if (std::ranges::any_of(slots_[i].turns, [this](const auto& database) {
          return may_start(*database);
        })) {
      wake_for(i);
      return;
    }
}

void read_queue::queue_turn(open_database_ptr database) {
  auto& reads = database->reads_;
  if (reads.slot >= slots_.size())
    reads.slot = next_slot_++ % slots_.size();
  reads.turn_reads = 0;
  slots_[reads.slot].turns.push_back(std::move(database));
}

void read_queue::push(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_) {
    refuse(*work);
    return;
  }
  auto database = work->target;
  if (hung_ > 0 && hangs(*database)) {
    work->reply.fail(hanging(*work));
    return;
  }
  auto& reads = database->reads_;
  const auto is_first = reads.is_empty();
  reads.waiting.push_back(std::move(work));
  ++waiting_;
  const auto& queued = *database;
  if (is_first)
    queue_turn(std::move(database));
  if (!idle_.empty() && may_start(queued))
    wake_for(reads.slot);
}

void read_queue::put_back(job_ptr work) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_) {
    refuse(*work);
    return;
  }
  auto database = work->target;
  auto& reads = database->reads_;
  const auto is_first = reads.is_empty();
  reads.waiting.insert(reads.waiting.begin()
                           + static_cast<std::ptrdiff_t>(reads.head),
                       std::move(work));
  ++waiting_;
  if (is_first)
    queue_turn(std::move(database));
}

job_ptr read_queue::take_turn(slot& from) {
  const auto turn
      = std::ranges::find_if(from.turns, [this](const auto& database) {
          return may_start(*database);
        });
  if (turn == from.turns.end())
    return nullptr;
  auto& reads = (*turn)->reads_;
  auto work = std::move(reads.waiting[reads.head]);
  ++reads.head;
  --waiting_;
  if (reads.turn_reads++ == 0)
    reads.turn_began = now_;
  if (reads.is_empty()) {
    reads.waiting.clear();
    reads.head = 0;
    from.turns.erase(turn);
    return work;
  }
  if (reads.head >= compact_at && reads.head * 2 >= reads.waiting.size()) {
    reads.waiting.erase(reads.waiting.begin(),
                        reads.waiting.begin()
                            + static_cast<std::ptrdiff_t>(reads.head));
    reads.head = 0;
  }
  if (reads.turn_reads >= turn_reads_max
      || now_ - reads.turn_began >= turn_time_max) {
    reads.turn_reads = 0;
    auto database = std::move(*turn);
    from.turns.erase(turn);
    from.turns.push_back(std::move(database));
  }
  return work;
}

job_ptr read_queue::next_for(std::size_t slot_index) {
  for (auto i = std::size_t{0}; i < slots_.size(); ++i)
    if (auto work = take_turn(slots_[(slot_index + i) % slots_.size()]))
      return work;
  return nullptr;
}

job_ptr read_queue::pop(std::size_t index, clock::time_point now) {
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_ || index >= places_.size() || !places_[index].address)
    return nullptr;
  now_ = now;
  auto& reader = places_[index];
  settle(reader);
  if (reader.slot == nobody && !take_back(index)) {
    if (!reader.is_parked) {
      reader.is_parked = true;
      reader.parked_since = now;
    }
    return nullptr;
  }
  auto work = next_for(reader.slot);
  if (!work) {
    if (std::ranges::find(idle_, index) == idle_.end())
      idle_.push_back(index);
    return nullptr;
  }
  std::erase(idle_, index);
  start(reader, work, now);
  // What this reader gave back may let another one start.
  wake_for_startable();
  return work;
}

void read_queue::start(place& reader, const job_ptr& work,
                       clock::time_point now) {
  reader.work = work;
  reader.database = work->target;
  reader.kind = read_class::in_pool;
  reader.started = now;
  reader.computed.reset();
  ++reader.database->reads_.in_pool;
  if (!is_watched_ && watcher_) {
    is_watched_ = true;
    caf::anon_send(watcher_, tick_atom::value);
  }
}

std::uint32_t* read_queue::counter(place& reader) noexcept {
  auto& reads = reader.database->reads_;
  switch (reader.kind) {
  case read_class::in_pool:
    return &reads.in_pool;
  case read_class::long_running:
    return &reads.long_running;
  case read_class::stalled:
    return &reads.stalled;
  case read_class::hung:
    break;
  }
  return nullptr;
}

/// A reader's read has ended, or is no longer its own.
void read_queue::settle(place& reader) {
  if (!reader.database)
    return;
  if (auto* counted = counter(reader); counted != nullptr)
    --*counted;
  if (reader.kind == read_class::hung)
    --hung_;
  reader.kind = read_class::in_pool;
  reader.database.reset();
  reader.work.reset();
}

void read_queue::finish(std::size_t index) {
  const auto guard = std::lock_guard{mutex_};
  if (index < places_.size())
    settle(places_[index]);
}

void read_queue::know_thread(std::size_t index, int thread) {
  const auto guard = std::lock_guard{mutex_};
  if (index < places_.size())
    places_[index].thread = thread;
}

void read_queue::let_go(std::size_t index) {
  const auto guard = std::lock_guard{mutex_};
  if (index < places_.size())
    places_[index].work.reset();
}

// -- closing ------------------------------------------------------------------

std::vector<job_ptr> read_queue::take_waiting(open_database& database) {
  auto result = std::vector<job_ptr>{};
  auto& reads = database.reads_;
  for (auto i = reads.head; i < reads.waiting.size(); ++i)
    result.push_back(std::move(reads.waiting[i]));
  waiting_ -= result.size();
  reads.waiting.clear();
  reads.head = 0;
  return result;
}

std::vector<job_ptr> read_queue::take_all(const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::vector<job_ptr>{};
  for (auto& each : slots_)
    std::erase_if(each.turns, [this, &uuid, &result](const auto& database) {
      if (database->uuid != uuid)
        return false;
      std::ranges::move(take_waiting(*database), std::back_inserter(result));
      return true;
    });
  return result;
}

std::size_t read_queue::tell_to_forget(const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  auto told = std::size_t{0};
  for (auto& reader : places_) {
    // One that hangs is not waited for; its files may go under it.
    if (!reader.address || reader.kind == read_class::hung)
      continue;
    reader.to_forget.push_back(uuid);
    caf::anon_send(reader.address, forget_atom::value, uuid);
    ++told;
  }
  return told;
}

bool read_queue::did_forget(std::size_t index, const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  return index < places_.size()
         && std::erase(places_[index].to_forget, uuid) > 0;
}

std::size_t read_queue::readers() const {
  const auto guard = std::lock_guard{mutex_};
  return places_.empty() ? 0 : slots_.size();
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
    watcher_ = nullptr;
    places_.clear();
    idle_.clear();
    for (auto& each : slots_) {
      for (const auto& database : each.turns)
        std::ranges::move(take_waiting(*database), std::back_inserter(left));
      each = {};
    }
  }
  for (const auto& work : left)
    refuse(*work);
}

} // namespace sluice::actors
