#pragma once

#include "codec/json_value.hpp"
#include "codec/utf8.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reading of an object's members. Only for codec's own sources.
namespace sluice::codec::json {

/// Sorts, because comparing each with each takes a client's 32 766 names a
/// second.
template <class Members>
result<void> refuse_duplicates(const Members& members, const place& where) {
  auto names = std::vector<std::string_view>{};
  names.reserve(members.size());
  for (const auto& member : members)
    names.emplace_back(member.first);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end())
    return {};
  return fail(error_code::bad_request, "the field '" + abbreviate(*twice)
                                           + "' stands twice in "
                                           + where.words());
}

/// Pairs of a name and what `read_one` makes of its value.
template <class Members, class ReadOne>
result<Members> read_members(ondemand::object in, const place& where,
                             const decode_limits& limits, ReadOne read_one) {
  auto members = Members{};
  for (auto member : in) {
    auto raw_name = std::string_view{};
    if (const auto problem = member.unescaped_key().get(raw_name))
      return not_json(problem);
    auto name = std::string{raw_name};
    auto item = ondemand::value{};
    if (const auto problem = member.value().get(item))
      return not_json(problem);
    auto inner = where;
    inner.member = name;
    auto read = read_one(item, inner, limits);
    if (!read)
      return std::unexpected{std::move(read.error())};
    members.emplace_back(std::move(name), std::move(*read));
    if (limits.parameters_max != 0 && members.size() > limits.parameters_max)
      return fail(error_code::too_large,
                  where.words() + " has more than limits.parameters_max ("
                      + std::to_string(limits.parameters_max) + ") members");
  }
  if (auto once = refuse_duplicates(members, where); !once)
    return std::unexpected{std::move(once.error())};
  return members;
}

} // namespace sluice::codec::json
