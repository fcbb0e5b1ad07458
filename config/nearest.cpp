#include "config/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sluice::config {

namespace {

/// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  auto row = std::vector<std::size_t>(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (auto i = std::size_t{0}; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (auto j = std::size_t{0}; j < b.size(); ++j) {
      const auto change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
    }
  }
  return row.back();
}

/// Whether `candidate` is "something.name" or "SOMETHING_NAME".
bool is_tail(std::string_view name, std::string_view candidate) {
  if (name.empty() || candidate.size() <= name.size()
      || !candidate.ends_with(name))
    return false;
  const auto before = candidate[candidate.size() - name.size() - 1];
  return before == '.' || before == '_' || before == '-';
}

} // namespace

std::string nearest(std::string_view name,
                    std::span<const std::string> candidates) {
  // A name of any length is no reason for work without bound.
  if (name.size() > 100)
    return {};
  auto best = std::string{};
  auto best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto changes
        = is_tail(name, candidate) ? 1 : distance(name, candidate);
    if (changes < best_distance) {
      best = candidate;
      best_distance = changes;
    }
  }
  return best;
}

} // namespace sluice::config
