#pragma once

#include "codec/error.hpp"

#include <string>
#include <string_view>

namespace sluice::services {

struct service_request;

/// The FTS5 expression for what a person typed: all words must be there;
/// "words in quotes" as a phrase; word* as the beginning of one. Everything
/// else of the query language of FTS5, and every character, stands for itself:
/// each part is a string of FTS5. At most `search_parts_max` parts; what
/// follows does not count.
[[nodiscard]] std::string match_expression(std::string_view query);

inline constexpr auto search_parts_max = 64;

/// Of more posts than these that match, the newest are ranked: to rank a
/// million would take seconds. All are counted.
inline constexpr auto search_ranked_max = 20'000;

/// Adds the values `match`, made out of the field `query`, and
/// `last_ranked`: the number of the last one that is ranked, from 0.
[[nodiscard]] codec::result<void> prepare_search(service_request& request);

} // namespace sluice::services
