#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::actors {

/// How a writer copies the WAL into the file.
enum class checkpoint_step : std::uint8_t {
  none,
  passive, ///< As far as no reader is in the way.
  forced,  ///< All of it, and empties the WAL; waits for readers.
};

/// Decides when a database's writer checkpoints, so that a reader that keeps
/// the WAL costs the writer at most a twentieth of its time.
///
/// Passive checkpoints come once per `due_pages` of new pages, not once per
/// commit. From eight times as many pages on, or at the bound of the WAL,
/// forced ones take their place: each waits `forced_wait` for the readers, and
/// where they are still in the way, the next one comes `forced_pause` later.
/// Knows neither SQLite nor CAF.
class checkpoint_pace {
public:
  using clock = std::chrono::steady_clock;

  /// How long a forced checkpoint waits for readers.
  static constexpr auto forced_wait = std::chrono::milliseconds{50};
  /// From the end of one that waited in vain to the next.
  static constexpr auto forced_pause = 19 * forced_wait;

  /// @param pages_max the bound of the WAL, which is at least one page.
  checkpoint_pace(std::uint32_t due_pages, std::uint64_t pages_max) noexcept;

  /// What to do now, after a commit or before a transaction.
  /// @param wal_pages pages in the WAL; fewer than before: it started over.
  /// @param hurries the disk has little room: give back what the WAL takes.
  [[nodiscard]] checkpoint_step next(std::uint32_t wal_pages,
                                     clock::time_point now,
                                     bool hurries = false) noexcept;

  /// Notes the outcome of what `next` asked for.
  /// @param is_complete all of the WAL is in the file.
  void note(checkpoint_step step, bool is_complete,
            clock::time_point now) noexcept;

  /// The WAL is at its bound, and readers kept the last forced checkpoint from
  /// emptying it.
  [[nodiscard]] bool is_full(std::uint32_t wal_pages) const noexcept {
    return is_held_ && wal_pages >= pages_max_;
  }

private:
  std::uint32_t due_pages_;
  std::uint64_t pages_max_;
  std::uint64_t forced_from_;
  std::uint32_t last_pages_ = 0;
  /// The next passive one comes with so many pages.
  std::uint64_t passive_from_;
  clock::time_point forced_after_ = clock::time_point::min();
  bool is_held_ = false;
};

} // namespace sluice::actors
