#include "storage/table_order.hpp"

#include "storage/letter_case.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace sluice::storage {

namespace {

/// For each table the numbers of those that it refers to, without itself.
using edges = std::vector<std::vector<std::size_t>>;

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), lower_case);
  return text;
}

edges parents_of(const std::vector<const exported_table*>& tables) {
  auto numbers = std::map<std::string, std::size_t>{};
  for (auto i = std::size_t{0}; i < tables.size(); ++i)
    numbers[in_lower_case(tables[i]->name)] = i;
  auto result = edges(tables.size());
  for (auto i = std::size_t{0}; i < tables.size(); ++i)
    for (const auto& parent : tables[i]->parents)
      if (const auto found = numbers.find(in_lower_case(parent));
          found != numbers.end() && found->second != i)
        result[i].push_back(found->second);
  return result;
}

/// All that has to come before `start`, and itself, of what is not done.
std::vector<std::size_t> needed_for(std::size_t start, const edges& parents,
                                    const std::vector<bool>& is_done) {
  auto is_seen = std::vector<bool>(parents.size(), false);
  auto result = std::vector<std::size_t>{start};
  is_seen[start] = true;
  // What is found is appended, and looked at in its turn.
  for (auto at = std::size_t{0}; at < result.size(); ++at)
    for (const auto parent : parents[result[at]])
      if (!is_done[parent] && !is_seen[parent]) {
        is_seen[parent] = true;
        result.push_back(parent);
      }
  std::ranges::sort(result);
  return result;
}

/// The circle that needs nothing but itself.
std::vector<std::size_t> first_circle(const edges& parents,
                                      const std::vector<bool>& is_done) {
  auto result = std::vector<std::size_t>{};
  for (auto i = std::size_t{0}; i < parents.size(); ++i) {
    if (is_done[i])
      continue;
    auto needed = needed_for(i, parents, is_done);
    if (result.empty() || needed.size() < result.size())
      result = std::move(needed);
  }
  return result;
}

} // namespace

std::vector<table_group>
order_by_foreign_keys(const std::vector<const exported_table*>& tables) {
  const auto parents = parents_of(tables);
  auto is_done = std::vector<bool>(tables.size(), false);
  auto result = std::vector<table_group>{};
  auto left = tables.size();
  const auto can_be_next = [&](std::size_t i) {
    return !is_done[i]
           && std::ranges::all_of(parents[i], [&is_done](std::size_t parent) {
                return is_done[parent];
              });
  };
  while (left > 0) {
    auto next = std::vector<std::size_t>{};
    for (auto i = std::size_t{0}; i < tables.size() && next.empty(); ++i)
      if (can_be_next(i))
        next.push_back(i);
    if (next.empty())
      next = first_circle(parents, is_done);
    auto& group = result.emplace_back();
    for (const auto i : next) {
      group.push_back(tables[i]);
      is_done[i] = true;
    }
    left -= next.size();
  }
  return result;
}

} // namespace sluice::storage
