#include "storage/statement_cache.hpp"

#include <algorithm>

namespace sluice::storage {

statement_cache::statement_cache(std::size_t entries_max)
    : entries_max_{std::max<std::size_t>(entries_max, 1)} {
  // nop
}

statement* statement_cache::find(std::string_view sql) noexcept {
  const auto found = index_.find(sql);
  if (found == index_.end()) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->prepared;
}

statement& statement_cache::insert(std::string_view sql, statement prepared) {
  if (index_.size() >= entries_max_) {
    index_.erase(entries_.back().sql);
    entries_.pop_back();
  }
  entries_.push_front({std::string{sql}, std::move(prepared)});
  index_.emplace(entries_.front().sql, entries_.begin());
  return entries_.front().prepared;
}

void statement_cache::clear() noexcept {
  index_.clear();
  entries_.clear();
}

} // namespace sluice::storage
