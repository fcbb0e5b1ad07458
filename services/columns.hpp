#pragma once

#include "services/service.hpp"

#include <array>
#include <string_view>

/// What several services have in common of users and posts: the fields that
/// requests give, how they are stored, and the columns that replies hold. Those
/// of SQL are macros, for only literals join into one text while this is
/// compiled.

// Never password_hash: no reply holds it.
#define SLUICE_USER_COLUMNS                                                    \
  "id, name, email, bio, avatar_url, created_at, updated_at"
#define SLUICE_POST_COLUMNS                                                    \
  "posts.id, posts.user_id, posts.category_id, posts.title, posts.content, "   \
  "posts.published, posts.created_at, posts.updated_at"
// Of a list, whose reply must not grow with what people write: the first 500
// characters (https://www.sqlite.org/lang_corefunc.html#substr).
#define SLUICE_LISTED_POST_COLUMNS                                             \
  "posts.id, posts.user_id, posts.category_id, posts.title, "                  \
  "substr(posts.content, 1, 500) AS content, coalesce(substr(posts.content, "  \
  "501, 1) <> '', 0) AS \"content_truncated?\", posts.published, "             \
  "posts.created_at, posts.updated_at"
#define SLUICE_POST_RETURNING                                                  \
  " RETURNING id, user_id, category_id, title, content, published, "           \
  "created_at, updated_at"

/// Behind UPDATE … SET: what a request has of the fields below.
#define SLUICE_USER_CHANGES                                                    \
  "updated_at = :now[name?, name = :name][email?, email = :email]"             \
  "[bio?, bio = :bio][avatar_url?, avatar_url = :avatar_url]"
#define SLUICE_POST_CHANGES                                                    \
  "updated_at = :now[title?, title = :title][content?, content = :content]"    \
  "[published?, published = :published]"                                       \
  "[category_id?, category_id = :category_id]"

namespace sluice::services {

/// SLUICE_USER_COLUMNS, and what is in them.
inline constexpr auto user_columns = std::array{
    integer_member("id"),
    text_member("name"),
    text_member("email"),
    text_member("bio").nullable(),
    text_member("avatar_url").nullable(),
    time_member("created_at"),
    time_member("updated_at"),
};
inline constexpr auto user_row = reply_row{"user", user_columns};

/// SLUICE_POST_COLUMNS.
inline constexpr auto post_columns = std::array{
    integer_member("id"),
    integer_member("user_id"),
    integer_member("category_id").nullable(),
    text_member("title"),
    text_member("content").nullable(),
    boolean_member("published"),
    time_member("created_at"),
    time_member("updated_at"),
};
inline constexpr auto post_row = reply_row{"post", post_columns};

/// SLUICE_LISTED_POST_COLUMNS.
inline constexpr auto listed_post_columns = std::array{
    integer_member("id"),
    integer_member("user_id"),
    integer_member("category_id").nullable(),
    text_member("title"),
    text_member("content").nullable(),
    boolean_member("content_truncated"),
    boolean_member("published"),
    time_member("created_at"),
    time_member("updated_at"),
};
inline constexpr auto listed_post_row
    = reply_row{"listed_post", listed_post_columns};

/// With the name of the author.
inline constexpr auto authored_post_columns
    = join(listed_post_columns, std::array{text_member("author_name")});
inline constexpr auto authored_post_row
    = reply_row{"authored_post", authored_post_columns};

namespace user_fields {

inline constexpr auto name = text_field("name", {1, 200});
inline constexpr auto email = email_field("email");
inline constexpr auto password = text_field("password", {8, 1'024});
inline constexpr auto bio = text_field("bio", {0, 10'000}).nullable();
inline constexpr auto avatar_url
    = url_field("avatar_url", {0, 2'000}).nullable();
/// Of which an update has at least one.
inline constexpr auto changeable
    = std::array<std::string_view, 4>{"name", "email", "bio", "avatar_url"};

} // namespace user_fields

namespace post_fields {

inline constexpr auto title = text_field("title", {1, 500});
inline constexpr auto content
    = text_field("content", {0, 1'000'000})
          .bounded_by(&field_limits::post_content_bytes_max,
                      "services.post_content_bytes_max")
          .nullable();
inline constexpr auto published = boolean_field("published");
inline constexpr auto category_id = id_field("category_id").nullable();
/// Of which an update has at least one.
inline constexpr auto changeable = std::array<std::string_view, 4>{
    "title", "content", "published", "category_id"};

} // namespace post_fields

/// For statements that write posts: the author is known to be there.
inline constexpr auto post_violations
    = std::array{violation{.kind = codec::constraint_kind::foreign_key,
                           .missing = {"category", {"category_id"}}}};

/// For statements that write users.
inline constexpr auto user_violations = std::array{
    violation{.kind = codec::constraint_kind::unique,
              .columns = "users.email",
              .message = "another user has this e-mail address already"}};

} // namespace sluice::services
