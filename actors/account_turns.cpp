#include "actors/account_turns.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::actors {

namespace {

const std::string& source_of(const job& work) noexcept {
  static const auto none = std::string{};
  return work.account ? work.account->source : none;
}

/// Whose turn comes after that of `last`.
template <class Map>
auto next_after(Map& in, const std::string& last) {
  const auto next = in.upper_bound(last);
  return next != in.end() ? next : in.begin();
}

} // namespace

void account_turns::push(job_ptr work) {
  auto& to = lanes_[work->database];
  auto& waiting = to.by_source[source_of(*work)];
  waiting.push_back(std::move(work));
  ++to.size;
  ++size_;
}

job_ptr account_turns::pop() {
  if (lanes_.empty())
    return nullptr;
  const auto from = next_after(lanes_, last_);
  const auto source = next_after(from->second.by_source, from->second.last);
  last_ = from->first;
  from->second.last = source->first;
  auto result = std::move(source->second.front());
  source->second.pop_front();
  remove_if_empty(from, source);
  return result;
}

job_ptr account_turns::make_room_for(const job& newcomer) {
  if (lanes_.empty())
    return nullptr;
  const auto own = lanes_.find(newcomer.database);
  const auto own_size = own != lanes_.end() ? own->second.size : 0;
  auto from = std::ranges::max_element(
      lanes_, {}, [](const auto& each) { return each.second.size; });
  // Others of its database may still have more than it has.
  if (from->second.size < own_size + 2)
    from = own;
  if (from == lanes_.end())
    return nullptr;
  auto& sources = from->second.by_source;
  const auto largest = std::ranges::max_element(
      sources, {}, [](const auto& each) { return each.second.size(); });
  if (from == own) {
    const auto same = sources.find(source_of(newcomer));
    const auto same_size = same != sources.end() ? same->second.size() : 0;
    if (largest->second.size() < same_size + 2)
      return nullptr;
  }
  auto result = std::move(largest->second.back());
  largest->second.pop_back();
  remove_if_empty(from, largest);
  return result;
}

std::vector<job_ptr> account_turns::take_all() {
  auto result = std::vector<job_ptr>{};
  result.reserve(size_);
  while (auto work = pop())
    result.push_back(std::move(work));
  return result;
}

/// After one request less.
void account_turns::remove_if_empty(lane_map::iterator at,
                                    source_map::iterator source) {
  if (source->second.empty())
    at->second.by_source.erase(source);
  if (--at->second.size == 0)
    lanes_.erase(at);
  --size_;
}

} // namespace sluice::actors
