#pragma once

#include "actors/core_turns.hpp"
#include "actors/job.hpp"
#include "storage/connection.hpp"

namespace sluice::actors {

/// While one lives, a connection's statements end when their request is
/// cancelled, and compute in turns once it has given way to others.
class cancellable : private storage::pacer {
public:
  /// @param on outlives this.
  /// @param work outlives the statements that run meanwhile.
  /// @param turns null: it never gives way.
  cancellable(storage::connection& on, const job& work,
              core_turns* turns = nullptr) noexcept
      : on_{on}, work_{work}, turns_{turns} {
    on_.end_when(work.cancelled.flag());
    on_.pace_by(turns == nullptr ? nullptr : this);
  }
  ~cancellable() override {
    on_.end_when(nullptr);
    on_.pace_by(nullptr);
    // The request may be gone by now.
    if (has_turns_)
      turns_->leave(this);
  }
  cancellable(const cancellable&) = delete;
  cancellable& operator=(const cancellable&) = delete;

private:
  void step() noexcept override {
    if (!work_.takes_turns.load(std::memory_order_relaxed))
      return;
    has_turns_ = true;
    turns_->step(this, [this] {
      return work_.cancelled.is_asked()
             || core_turns::clock::now() >= work_.until;
    });
  }

  storage::connection& on_;
  const job& work_;
  core_turns* turns_;
  bool has_turns_ = false;
};

} // namespace sluice::actors
