#pragma once

#include "actors/job.hpp"

#include <chrono>
#include <mutex>
#include <utility>

namespace sluice::actors {

/// The request that a database's writer is at, for those who ask from other
/// threads.
class shown_write {
public:
  using clock = std::chrono::steady_clock;

  struct view {
    /// Null: none.
    job_ptr work;
    clock::time_point started;
  };
  [[nodiscard]] view look() const {
    const auto guard = std::lock_guard{mutex_};
    return now_;
  }

  /// Shows a request while it lives.
  class turn {
  public:
    /// @param owner outlives this.
    turn(shown_write& owner, const job_ptr& work) : owner_{owner} {
      owner_.set({work, clock::now()});
    }
    ~turn() {
      owner_.set({});
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

  private:
    shown_write& owner_;
  };

private:
  void set(view shown) {
    {
      const auto guard = std::lock_guard{mutex_};
      std::swap(now_, shown);
    }
    // What was shown goes outside of the lock.
  }

  mutable std::mutex mutex_;
  view now_;
};

} // namespace sluice::actors
