#pragma once

#include "actors/job.hpp"
#include "storage/connection.hpp"

namespace sluice::actors {

/// While one lives, a connection's statements end when their request is
/// cancelled.
class cancellable {
public:
  /// Both outlive this.
  cancellable(storage::connection& on, const job& work) noexcept : on_{on} {
    on_.end_when(work.cancelled.flag());
  }
  ~cancellable() {
    on_.end_when(nullptr);
  }
  cancellable(const cancellable&) = delete;
  cancellable& operator=(const cancellable&) = delete;

private:
  storage::connection& on_;
};

} // namespace sluice::actors
