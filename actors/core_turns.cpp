#include "actors/core_turns.hpp"

#include <algorithm>
#include <thread>

namespace sluice::actors {

core_turns::core_turns(std::size_t at_once, std::size_t members_max)
    : seats_(at_once) {
  waiting_.reserve(members_max);
}

void core_turns::step(const void* who,
                      const std::function<bool()>& must_end) noexcept {
  auto guard = std::unique_lock{mutex_};
  if (auto* own = seat_of(who); own != nullptr) {
    own->heard = clock::now();
    if (waiting_.empty() || own->heard - own->since < turn) {
      if (own->heard - own->paused >= pause_interval)
        let_others_in(who, guard);
      return;
    }
    *own = {};
  }
  if (waiting_.size() == waiting_.capacity())
    return;
  waiting_.push_back(who);
  changed_.notify_all();
  while (!sit_down(who)) {
    if (must_end()) {
      std::erase(waiting_, who);
      break;
    }
    changed_.wait_for(guard, turn);
  }
  changed_.notify_all();
}

void core_turns::let_others_in(const void* who,
                               std::unique_lock<std::mutex>& guard) noexcept {
  guard.unlock();
  std::this_thread::sleep_for(pause);
  guard.lock();
  if (auto* own = seat_of(who); own != nullptr)
    own->heard = own->paused = clock::now();
}

void core_turns::leave(const void* who) noexcept {
  const auto guard = std::lock_guard{mutex_};
  if (auto* own = seat_of(who); own != nullptr)
    *own = {};
  changed_.notify_all();
}

core_turns::seat* core_turns::seat_of(const void* who) noexcept {
  const auto found = std::ranges::find(seats_, who, &seat::who);
  return found == seats_.end() ? nullptr : &*found;
}

/// @return whether it has its turn.
bool core_turns::sit_down(const void* who) noexcept {
  if (waiting_.front() != who)
    return false;
  const auto now = clock::now();
  const auto free = std::ranges::find_if(seats_, [now](const seat& each) {
    return each.who == nullptr || now - each.heard > absence;
  });
  if (free == seats_.end())
    return false;
  *free = {.who = who, .since = now, .heard = now};
  waiting_.erase(waiting_.begin());
  return true;
}

} // namespace sluice::actors
