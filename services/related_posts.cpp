#include "services/related_posts.hpp"

#include "codec/json_writer.hpp"
#include "services/columns.hpp"
#include "services/service_request.hpp"
#include "services/statement_runner.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>

namespace sluice::services {

namespace {

constexpr auto word_bytes_min = std::size_t{3};
constexpr auto word_bytes_max = std::size_t{64};
/// Distinct words of a content that are looked at to choose from.
constexpr auto words_seen_max = std::size_t{4'096};
constexpr auto title_factor = 2.0;

using scores = std::unordered_map<std::int64_t, double>;

bool is_word_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Adds the words of a text to those that are known; the first occurrence
/// counts.
void collect(std::string_view text, bool is_title,
             std::map<std::string, bool, std::less<>>& words) {
  while (!text.empty() && words.size() < words_seen_max) {
    const auto* begin = std::ranges::find_if(text, is_word_character);
    text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
    const auto* end = std::ranges::find_if_not(text, is_word_character);
    const auto size = static_cast<std::size_t>(end - text.begin());
    if (size >= word_bytes_min && size <= word_bytes_max) {
      auto word = std::string{text.substr(0, size)};
      std::ranges::transform(word, word.begin(), lower);
      words.try_emplace(std::move(word), is_title);
    }
    text.remove_prefix(size);
  }
}

/// What the statements found for one word.
struct occurrences {
  std::vector<std::int64_t> posts;
  std::vector<std::int64_t> in_titles;
};

codec::result<std::vector<std::int64_t>> find_posts(statement_runner& run,
                                                    std::string match) {
  auto result = std::vector<std::int64_t>{};
  const auto params = codec::named_parameters{
      {"match", std::move(match)},
      {"most", std::int64_t{related_posts_per_word_max}}};
  auto done = run.run("SELECT rowid FROM posts_search WHERE posts_search MATCH "
                      ":match ORDER BY rowid DESC LIMIT :most",
                      params, [&result](row& next) -> codec::result<bool> {
                        result.push_back(next.integer(0));
                        return true;
                      });
  if (!done)
    return std::unexpected{std::move(done.error())};
  return result;
}

/// How many posts have a word: counted, or estimated from how far back the
/// newest of them reach.
double frequency(const std::vector<std::int64_t>& posts, std::int64_t newest,
                 double posts_total) {
  const auto found = static_cast<double>(posts.size());
  if (std::cmp_less(posts.size(), related_posts_per_word_max))
    return found;
  const auto span = static_cast<double>(newest - posts.back() + 1);
  return std::max(found, posts_total * found / std::max(span, found));
}

/// The post itself, and how many there are.
struct subject {
  std::vector<post_word> words;
  double posts_total = 0;
  std::int64_t newest_id = 0;
};

codec::result<subject> read_subject(statement_runner& run,
                                    const service_request& request) {
  auto result = subject{};
  auto is_there = false;
  auto done = run.run(
      "SELECT title, content, (SELECT posts FROM service_totals WHERE id = 1), "
      "(SELECT max(id) FROM posts) FROM posts WHERE id = :id",
      {}, [&result, &is_there](row& found) -> codec::result<bool> {
        is_there = true;
        const auto title = std::string{found.text(0)};
        result.words = telling_words(title, found.text(1));
        result.posts_total = static_cast<double>(found.integer(2));
        result.newest_id = found.integer(3);
        return true;
      });
  if (!done)
    return std::unexpected{std::move(done.error())};
  if (!is_there)
    return std::unexpected{missing({"post", {"id"}}, request)};
  return result;
}

codec::result<scores> score_posts(statement_runner& run, const subject& of) {
  auto result = scores{};
  for (const auto& [word, is_in_title] : of.words) {
    const auto quoted = "\"" + word + "\"";
    auto posts = find_posts(run, "{title content} : " + quoted);
    if (!posts)
      return std::unexpected{std::move(posts.error())};
    auto titles = find_posts(run, "title : " + quoted);
    if (!titles)
      return std::unexpected{std::move(titles.error())};
    const auto total = std::max(of.posts_total, 1.0);
    const auto count = std::max(frequency(*posts, of.newest_id, total), 1.0);
    const auto weight
        = std::log1p(total / count) * (is_in_title ? title_factor : 1.0);
    for (const auto id : *posts)
      result[id] += weight;
    for (const auto id : *titles)
      result[id] += weight * (title_factor - 1.0);
  }
  return result;
}

} // namespace

std::vector<post_word> telling_words(std::string_view title,
                                     std::string_view content) {
  auto words = std::map<std::string, bool, std::less<>>{};
  collect(title, true, words);
  collect(content, false, words);
  auto result = std::vector<post_word>{};
  result.reserve(words.size());
  for (const auto& [text, is_in_title] : words)
    result.push_back({text, is_in_title});
  // Long words are rare words.
  std::ranges::stable_sort(result, [](const auto& a, const auto& b) {
    return std::pair{a.is_in_title, a.text.size()}
           > std::pair{b.is_in_title, b.text.size()};
  });
  if (result.size() > related_words_max)
    result.resize(related_words_max);
  return result;
}

codec::result<void> write_related_posts(const service_request& request,
                                        statement_runner& statements,
                                        codec::json_writer& out) {
  auto of = read_subject(statements, request);
  if (!of)
    return std::unexpected{std::move(of.error())};
  auto scored = score_posts(statements, *of);
  if (!scored)
    return std::unexpected{std::move(scored.error())};
  scored->erase(request.integer("id"));
  auto best = std::vector<std::pair<std::int64_t, double>>(scored->begin(),
                                                           scored->end());
  std::ranges::sort(best, [](const auto& a, const auto& b) {
    return std::pair{a.second, a.first} > std::pair{b.second, b.first};
  });
  out.key("posts");
  out.begin_array();
  auto left = request.integer("limit");
  for (auto i = best.begin(); i != best.end() && left > 0; ++i) {
    const auto write_score = [score = i->second](codec::json_writer& into) {
      into.key("similarity_score");
      into.real(score);
    };
    auto done = statements.run(
        "SELECT " SLUICE_LISTED_POST_COLUMNS
        ", users.name AS author_name FROM posts JOIN users ON users.id = "
        "posts.user_id WHERE posts.id = :post_id AND posts.published = 1",
        {{"post_id", i->first}},
        [&out, &left, &write_score](row& found) -> codec::result<bool> {
          --left;
          if (auto written = found.write_object(out, write_score); !written)
            return std::unexpected{std::move(written.error())};
          return true;
        });
    if (!done)
      return std::unexpected{std::move(done.error())};
  }
  out.end_array();
  return {};
}

} // namespace sluice::services
