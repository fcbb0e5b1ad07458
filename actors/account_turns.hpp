#pragma once

#include "actors/job.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sluice::actors {

/// Requests that wait for a hasher, taken in turns: databases have equal
/// shares, and so have the sources (Sluice-Client-Address) of one database.
/// Requests without a source count as those of one. One thread.
class account_turns {
public:
  void push(job_ptr work);

  /// The next one in turn; null: none waits.
  [[nodiscard]] job_ptr pop();

  /// Makes room for `newcomer` where that makes shares more equal: takes out
  /// the newest request of whoever has the most waiting.
  /// @return null if nobody has at least two more than the newcomer's own.
  [[nodiscard]] job_ptr make_room_for(const job& newcomer);

  /// All that wait.
  [[nodiscard]] std::vector<job_ptr> take_all();

  [[nodiscard]] std::size_t size() const noexcept {
    return size_;
  }
  [[nodiscard]] bool is_empty() const noexcept {
    return size_ == 0;
  }

private:
  /// The requests for one database, by source; no source without any.
  struct lane {
    std::map<std::string, std::deque<job_ptr>> by_source;
    std::size_t size = 0;
    /// Whose turn was last.
    std::string last = {};
  };
  using lane_map = std::map<std::string, lane>;
  using source_map = std::map<std::string, std::deque<job_ptr>>;

  void remove_if_empty(lane_map::iterator at, source_map::iterator source);

  /// By database; none without requests.
  lane_map lanes_;
  std::size_t size_ = 0;
  std::string last_;
};

} // namespace sluice::actors
