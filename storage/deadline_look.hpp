#pragma once

#include "storage/request_bounds.hpp"

#include <cstdint>

namespace sluice::storage {

/// For loops of functions of SQL: asks the clock once for so many rounds.
class deadline_look {
public:
  /// A round that takes some nanoseconds is looked at each few milliseconds.
  static constexpr auto rounds_per_look = std::uint32_t{1} << 14;

  /// @return whether the statement should have ended; once true, the caller
  ///   ends with SQLITE_INTERRUPT.
  [[nodiscard]] bool is_past() noexcept {
    return ++rounds_ % rounds_per_look == 0
           && request_bounds::is_deadline_past();
  }

private:
  std::uint32_t rounds_ = 0;
};

} // namespace sluice::storage
