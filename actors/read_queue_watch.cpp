#include "actors/read_queue.hpp"
#include "messaging/thread_priority.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

/// The part of the read queue that looks after the reads that run.
namespace sluice::actors {

namespace {

using std::chrono::milliseconds;

/// Beyond its deadline, after which a read is not expected to end any more: the
/// deadline is looked at far more often than that.
constexpr auto hang_grace = milliseconds{1'000};

/// Reads of one database that may hang before no more of it are served, and
/// readers that are given up before the service had better start over.
constexpr auto hung_per_database_max = std::ptrdiff_t{2};
constexpr auto hung_max = std::size_t{32};

/// How long a database that has had a long read is thought to have more.
constexpr auto suspicion = milliseconds{10'000};

/// A read that has had this part of `long_read_ms` of a core since it was
/// looked at first is long by itself; or, if it waits for the disk, after so
/// long.
constexpr auto computing_part = 4;
constexpr auto long_without_computing = milliseconds{200};

/// A reader that nobody needs ends after so long.
constexpr auto parked_max = milliseconds{10'000};

/// A long read that takes so long is not to compete for cores any more.
constexpr auto gives_way_after = milliseconds{100};

/// A requester that is still there costs a message each second from then on.
constexpr auto probed_after = milliseconds{1'000};

/// How often the deadlines of reads are looked at that may not start.
constexpr auto expiry_interval = milliseconds{100};

} // namespace

milliseconds read_queue::look_interval() const noexcept {
  return milliseconds{std::max<std::uint32_t>(bounds_.long_read_ms / 2, 1)};
}

bool read_queue::hangs(const open_database& database) const noexcept {
  return std::ranges::count_if(places_,
                               [&database](const place& each) {
                                 return each.kind == read_class::hung
                                        && each.database->uuid == database.uuid;
                               })
         >= hung_per_database_max;
}

read_queue::census read_queue::count_locked() const noexcept {
  auto result = census{};
  for (const auto& each : places_) {
    result.long_running += each.kind == read_class::long_running ? 1 : 0;
    result.stalled += each.kind == read_class::stalled ? 1 : 0;
  }
  result.hung = hung_;
  return result;
}

read_queue::census read_queue::count() const {
  const auto guard = std::lock_guard{mutex_};
  return count_locked();
}

std::vector<read_queue::running_read>
read_queue::running(const open_database& database) const {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::vector<running_read>{};
  for (const auto& each : places_)
    if (each.work && each.database.get() == &database)
      result.push_back({each.work, each.started});
  return result;
}

read_queue::findings read_queue::look(clock::time_point now) {
  const auto guard = std::lock_guard{mutex_};
  auto result = findings{};
  if (is_closed_)
    return result;
  now_ = now;
  auto running = count_locked();
  for (auto i = std::size_t{0}; i < places_.size(); ++i)
    if (places_[i].work && places_[i].kind != read_class::hung)
      judge(i, running, result);
  fill_slots(result);
  retire_parked(result);
  if (now >= next_expiry_) {
    next_expiry_ = now + expiry_interval;
    expire_waiting(result);
  }
  wake_for_startable();
  result.is_hopeless = hung_ > hung_max;
  result.is_busy
      = waiting_ > 0 || std::ranges::any_of(places_, [](const place& each) {
          return each.database != nullptr || each.is_parked;
        });
  is_watched_ = result.is_busy;
  return result;
}

/// Decides for one read that runs where it belongs.
void read_queue::judge(std::size_t index, census& running, findings& found) {
  auto& reader = places_[index];
  const auto& work = *reader.work;
  if (work.until != storage::no_deadline && now_ > work.until + hang_grace) {
    give_up(index, found);
    return;
  }
  if (work.wants_heartbeat && now_ - reader.started >= probed_after)
    found.to_probe.push_back(reader.work);
  if (!reader.computed)
    reader.computed = messaging::processor_time_of(reader.thread);
  if (now_ - reader.started < milliseconds{bounds_.long_read_ms})
    return;
  auto& reads = reader.database->reads_;
  const auto is_long = is_long_by_itself(reader);
  if (is_long)
    reads.suspected_until = now_ + suspicion;
  if (now_ - reader.started >= gives_way_after)
    let_give_way(index);
  const auto is_stalled = work.is_stalled.load(std::memory_order_relaxed);
  const auto before = reader.kind;
  if (is_stalled
      && (before == read_class::stalled
          || (reads.stalled < bounds_.stalled_streams_per_database_max
              && running.stalled < bounds_.stalled_streams_max)))
    classify(reader, read_class::stalled);
  else if (before != read_class::in_pool
           || (reads.long_running < long_per_database_max()
               && running.long_running < long_max_for(reads)))
    classify(reader, read_class::long_running);
  else if (is_long)
    reader.work->cancelled.ask(cancel_reason::crowded);
  if (reader.kind == before)
    return;
  running = count_locked();
  leave_slot(reader);
}

/// A read may take long because others have the cores. Its database is not to
/// wait for long reads to end because of that.
bool read_queue::is_long_by_itself(const place& reader) const noexcept {
  if (!reader.computed || now_ - reader.started >= long_without_computing)
    return true;
  const auto computed = messaging::processor_time_of(reader.thread);
  return !computed
         || *computed - *reader.computed
                >= milliseconds{bounds_.long_read_ms} / computing_part;
}

/// Many long reads must not take the cores of short ones. What the reader has
/// open goes with it, which costs little beside such a read.
void read_queue::let_give_way(std::size_t index) {
  auto& reader = places_[index];
  if (reader.kind != read_class::long_running || reader.thread == 0
      || std::exchange(reader.gives_way, true))
    return;
  messaging::give_way(messaging::giving_way::to_serving, reader.thread);
  reader.work->takes_turns.store(true, std::memory_order_relaxed);
  give_up_slots(index);
}

void read_queue::classify(place& reader, read_class kind) noexcept {
  --*counter(reader);
  reader.kind = kind;
  ++*counter(reader);
}

void read_queue::leave_slot(place& reader) {
  if (reader.slot == nobody)
    return;
  slots_[reader.slot].serving = nobody;
  reader.slot = nobody;
}

/// The reader may never come back. Where it does, it ends.
void read_queue::give_up(std::size_t index, findings& found) {
  auto& reader = places_[index];
  --*counter(reader);
  reader.kind = read_class::hung;
  ++hung_;
  leave_slot(reader);
  give_up_slots(index);
  found.hung.push_back(std::move(reader.work));
  reader.work.reset();
  std::ranges::move(reader.to_forget, std::back_inserter(found.not_forgotten));
  reader.to_forget.clear();
  if (!hangs(*reader.database))
    return;
  for (auto& each : slots_)
    std::erase_if(each.turns, [this, &reader, &found](const auto& database) {
      if (database->uuid != reader.database->uuid)
        return false;
      std::ranges::move(take_waiting(*database),
                        std::back_inserter(found.refused));
      return true;
    });
}

void read_queue::give_up_slots(std::size_t index) {
  for (auto& each : slots_)
    if (each.owner == index)
      each.owner = each.serving;
}

/// Sees to it that every slot is served.
void read_queue::fill_slots(findings& found) {
  auto next = std::size_t{0};
  for (auto i = std::size_t{0}; i < slots_.size(); ++i) {
    if (slots_[i].serving != nobody || places_.empty())
      continue;
    const auto parked = std::ranges::find_if(places_, [](const place& each) {
      return each.is_parked && each.address && !each.gives_way;
    });
    if (parked != places_.end()) {
      serve(i, static_cast<std::size_t>(parked - places_.begin()));
      continue;
    }
    while (next < places_.size() && places_[next].address)
      ++next;
    found.wanted.push_back(next++);
  }
}

void read_queue::retire_parked(findings& found) {
  for (auto i = std::size_t{0}; i < places_.size(); ++i) {
    auto& reader = places_[i];
    if (!reader.is_parked || !reader.to_forget.empty()
        || (!reader.gives_way && now_ - reader.parked_since < parked_max))
      continue;
    found.ended.push_back(i);
    reader = {};
  }
}

/// Reads that may not start are not taken, and so would not be answered in
/// time.
void read_queue::expire_waiting(findings& found) {
  for (auto& each : slots_)
    std::erase_if(each.turns, [this, &found](const auto& database) {
      if (may_start(*database))
        return false;
      auto& reads = database->reads_;
      const auto begin
          = reads.waiting.begin() + static_cast<std::ptrdiff_t>(reads.head);
      const auto late = std::stable_partition(
          begin, reads.waiting.end(),
          [this](const job_ptr& work) { return now_ < work->until; });
      const auto count = static_cast<std::size_t>(reads.waiting.end() - late);
      std::ranges::move(late, reads.waiting.end(),
                        std::back_inserter(found.expired));
      reads.waiting.erase(late, reads.waiting.end());
      waiting_ -= count;
      if (!reads.is_empty())
        return false;
      reads.waiting.clear();
      reads.head = 0;
      return true;
    });
}

} // namespace sluice::actors
