#include "actors/slow_requests.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>

namespace sluice::actors {

namespace {

/// So much of a text is looked at.
constexpr auto text_bytes = std::size_t{512};

/// Nothing for a request without SQL of its own.
std::optional<std::size_t> mark_of(const job& work) {
  auto sql = std::string_view{};
  auto count = std::size_t{1};
  if (const auto* query = std::get_if<codec::query_request>(&work.body);
      query != nullptr && !query->queries.empty()) {
    sql = query->queries.front().sql;
    count = query->queries.size();
  } else if (const auto* script = std::get_if<codec::exec_request>(&work.body))
    sql = script->sql;
  else
    return std::nullopt;
  return std::hash<std::string_view>{}(sql.substr(0, text_bytes))
         ^ (sql.size() << 20U) ^ count;
}

} // namespace

bool slow_requests::knows(const job& work) const {
  if (marks_.empty())
    return false;
  const auto mark = mark_of(work);
  return mark && std::ranges::find(marks_, *mark) != marks_.end();
}

void slow_requests::add(const job& work) {
  const auto mark = mark_of(work);
  if (!mark || knows(work))
    return;
  if (marks_.size() >= count_max)
    marks_.erase(marks_.begin());
  marks_.push_back(*mark);
}

void slow_requests::forget(const job& work) {
  if (!marks_.empty())
    if (const auto mark = mark_of(work))
      std::erase(marks_, *mark);
}

} // namespace sluice::actors
