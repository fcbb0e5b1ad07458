#pragma once

#include "actors/job.hpp"

#include <cstddef>
#include <vector>

namespace sluice::actors {

/// Remembers the SQL of a writer's slow requests, so that a group is committed
/// before such a request runs again. A wrong guess costs one commit more.
class slow_requests {
public:
  /// The oldest one is forgotten beyond so many.
  static constexpr auto count_max = std::size_t{64};

  /// Whether a request with the same SQL was slow when it ran last.
  [[nodiscard]] bool knows(const job& work) const;

  void add(const job& work);
  void forget(const job& work);

private:
  std::vector<std::size_t> marks_;
};

} // namespace sluice::actors
