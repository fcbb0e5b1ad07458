#include "actors/checkpoint_pace.hpp"

#include <algorithm>

namespace sluice::actors {

namespace {

/// A WAL that readers have kept from starting over is emptied with force when
/// it is so many times as long as it should be.
constexpr auto forced_factor = std::uint64_t{8};

} // namespace

checkpoint_pace::checkpoint_pace(std::uint32_t due_pages,
                                 std::uint64_t pages_max) noexcept
    : due_pages_{due_pages}, pages_max_{pages_max},
      forced_from_{std::min(due_pages * forced_factor, pages_max)},
      passive_from_{due_pages} {
  // nop
}

checkpoint_step checkpoint_pace::next(std::uint32_t wal_pages,
                                      clock::time_point now,
                                      bool hurries) noexcept {
  if (wal_pages < last_pages_) {
    passive_from_ = due_pages_;
    is_held_ = false;
  }
  last_pages_ = wal_pages;
  // It also does what a passive one would, and gives the disk back.
  if (wal_pages >= forced_from_ || (hurries && wal_pages > 0))
    return now >= forced_after_ ? checkpoint_step::forced
                                : checkpoint_step::none;
  return wal_pages >= passive_from_ ? checkpoint_step::passive
                                    : checkpoint_step::none;
}

void checkpoint_pace::note(checkpoint_step step, bool is_complete,
                           clock::time_point now) noexcept {
  passive_from_ = std::uint64_t{last_pages_} + due_pages_;
  if (step != checkpoint_step::forced)
    return;
  is_held_ = !is_complete;
  if (is_held_)
    forced_after_ = now + forced_pause;
}

} // namespace sluice::actors
