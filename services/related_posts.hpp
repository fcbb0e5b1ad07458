#pragma once

#include "codec/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::codec {
class json_writer;
} // namespace sluice::codec

namespace sluice::services {

struct service_request;
class statement_runner;

/// A word of a post that others are looked for with.
struct post_word {
  std::string text;
  bool is_in_title = false;
};

/// The words of a post that say most about it: those of the title, then the
/// longest, each once, in small letters as far as they are ASCII; at most
/// `related_words_max`.
[[nodiscard]] std::vector<post_word> telling_words(std::string_view title,
                                                   std::string_view content);

inline constexpr auto related_words_max = std::size_t{32};

/// Posts that are looked at for each word: the newest that have it.
inline constexpr auto related_posts_per_word_max = 400;

/// The step of `posts.related`: published posts that share words with the one
/// that `id` names, best first. A word counts by its rarity, twice where it is
/// in the other's title, and twice where it is in this one's. For a frequent
/// word only its newest posts are looked at, and its frequency is estimated
/// from how close together they are: so the time does not grow with the number
/// of posts.
[[nodiscard]] codec::result<void>
write_related_posts(const service_request& request,
                    statement_runner& statements, codec::json_writer& out);

} // namespace sluice::services
