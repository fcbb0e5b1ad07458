#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::bench {

/// @param values at least one, in any order.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle]
                                : (values[middle - 1] + values[middle]) / 2;
}

/// Of one figure of several rounds.
template <class T>
double median_of(const std::vector<T>& rounds, double T::* member) {
  auto values = std::vector<double>{};
  for (const auto& round : rounds)
    values.push_back(round.*member);
  return median(std::move(values));
}

/// Of one figure of several rounds, which are elsewhere.
template <class T>
double median_of(const std::vector<const T*>& rounds, double T::* member) {
  auto values = std::vector<double>{};
  for (const auto* round : rounds)
    values.push_back(round->*member);
  return median(std::move(values));
}

} // namespace sluice::bench
