#include "services/analytics.hpp"

#include <array>

namespace sluice::services {

namespace {

constexpr auto users_steps = std::array{members(
    "SELECT users AS total_users, (SELECT coalesce(sum(users_joined), 0) FROM "
    "daily_totals WHERE date > date(:now, '-30 days')) AS users_last_30_days, "
    "(SELECT coalesce(sum(users_joined), 0) FROM daily_totals WHERE date > "
    "date(:now, '-7 days')) AS users_last_7_days, coalesce(1.0 * posts / "
    "nullif(users, 0), 0.0) AS avg_posts_per_user FROM service_totals WHERE id "
    "= 1")};

constexpr auto posts_steps = std::array{members(
    "SELECT posts AS total_posts, published_posts, posts - published_posts AS "
    "draft_posts, (SELECT coalesce(sum(posts_created), 0) FROM daily_totals "
    "WHERE date > date(:now, '-30 days')) AS posts_last_30_days, coalesce(1.0 "
    "* content_length / nullif(posts, 0), 0.0) AS avg_content_length FROM "
    "service_totals WHERE id = 1")};

constexpr auto authors_fields = std::array{limit_field(10)};
constexpr auto authors_steps = std::array{
    list("authors",
         "SELECT users.id, users.name, users.email, post_count, "
         "published_count, 1.0 * content_length / post_count AS "
         "avg_content_length FROM author_totals JOIN users ON users.id = "
         "author_totals.user_id WHERE post_count > 0 ORDER BY post_count DESC, "
         "author_totals.user_id LIMIT :limit"),
};

constexpr auto trends_fields
    = std::array{integer_field("days", {1, 366}).or_else(30)};
constexpr auto trends_steps = std::array{
    list("trends",
         "SELECT date, posts_created, posts_published, 1.0 * content_length / "
         "posts_created AS avg_content_length FROM daily_totals WHERE date > "
         "date(:now, '-' || :days || ' days') AND posts_created > 0 ORDER BY "
         "date DESC"),
};

// -- what is replied ----------------------------------------------------------

constexpr auto users_members = std::array{
    integer_member("total_users"), integer_member("users_last_30_days"),
    integer_member("users_last_7_days"), number_member("avg_posts_per_user")};
constexpr auto posts_members = std::array{
    integer_member("total_posts"), integer_member("published_posts"),
    integer_member("draft_posts"), integer_member("posts_last_30_days"),
    number_member("avg_content_length")};
constexpr auto author_columns = std::array{integer_member("id"),
                                           text_member("name"),
                                           text_member("email"),
                                           integer_member("post_count"),
                                           integer_member("published_count"),
                                           number_member("avg_content_length")};
constexpr auto author_row = reply_row{"author", author_columns};
constexpr auto trend_columns = std::array{
    date_member("date"), integer_member("posts_created"),
    integer_member("posts_published"), number_member("avg_content_length")};
constexpr auto trend_row = reply_row{"day", trend_columns};

constexpr auto operations = std::array{
    operation{.name = "users",
              .description = "How many users there are, and new ones",
              .steps = users_steps,
              .members = users_members,
              .reuse = reuse::until_commit_or_time},
    operation{.name = "posts",
              .description = "How many posts there are, and new ones",
              .steps = posts_steps,
              .members = posts_members,
              .reuse = reuse::until_commit_or_time},
    operation{.name = "top_authors",
              .description = "The users with the most posts",
              .fields = authors_fields,
              .steps = authors_steps,
              .row = author_row,
              .reuse = reuse::until_commit},
    operation{.name = "trends",
              .description = "Posts of each day, newest first",
              .fields = trends_fields,
              .steps = trends_steps,
              .row = trend_row,
              .reuse = reuse::until_commit_or_time},
};

} // namespace

constexpr service analytics_service = {"analytics", operations};

} // namespace sluice::services
