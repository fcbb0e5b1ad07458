#include "services/posts.hpp"

#include "services/columns.hpp"
#include "services/post_search.hpp"
#include "services/related_posts.hpp"
#include "services/service_request.hpp"

#include <array>

namespace sluice::services {

namespace {

using post_fields::category_id;
using post_fields::content;
using post_fields::published;
using post_fields::title;

constexpr auto id = id_field("id");

constexpr auto no_post = missing_row{"post", {"id"}};
constexpr auto no_user = missing_row{"user", {"user_id"}};

// -- create -------------------------------------------------------------------

constexpr auto create_fields
    = std::array{id_field("user_id").required(), title.required(), content,
                 published.or_else(0), category_id};

#define SLUICE_INSERT_POST                                                     \
  "INSERT INTO posts(user_id, category_id, title, content, published, "        \
  "created_at, updated_at) SELECT id, :category_id, :title, :content, "        \
  ":published, :now, :now FROM users WHERE id = :user_id"

constexpr auto create_steps = std::array{
    object("post", SLUICE_INSERT_POST SLUICE_POST_RETURNING, no_user),
};

constexpr auto bulk_fields
    = std::array{list_field("posts", create_fields, {1, 1'000}).required()};
// One statement for all: FTS5 writes what it has gathered at each statement.
constexpr auto bulk_steps = std::array{
    check("posts", "user",
          "SELECT key, value ->> 'user_id' FROM json_each(:posts) WHERE NOT "
          "EXISTS (SELECT 1 FROM users WHERE id = value ->> 'user_id')"),
    check("posts", "category",
          "SELECT key, value ->> 'category_id' FROM json_each(:posts) WHERE "
          "value ->> 'category_id' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
          "categories WHERE categories.id = value ->> 'category_id')"),
    each("inserted_ids",
         "INSERT INTO posts(user_id, category_id, title, content, published, "
         "created_at, updated_at) SELECT value ->> 'user_id', value ->> "
         "'category_id', value ->> 'title', value ->> 'content', value ->> "
         "'published', :now, :now FROM json_each(:posts) RETURNING id"),
};

// -- get, list ----------------------------------------------------------------

constexpr auto id_fields = std::array{id.required()};
constexpr auto get_steps = std::array{
    object("post", "SELECT " SLUICE_POST_COLUMNS " FROM posts WHERE id = :id",
           no_post)};

constexpr auto list_fields
    = std::array{id_field("user_id"), id_field("category_id"), published,
                 limit_field(20), offset_field()};
constexpr auto list_steps = std::array{
    list("posts",
         "SELECT " SLUICE_LISTED_POST_COLUMNS
         " FROM posts WHERE id > 0[user_id? AND user_id = :user_id]"
         "[category_id? AND category_id = :category_id]"
         "[published? AND published = :published] ORDER BY id DESC LIMIT "
         ":limit OFFSET :offset"),
    page("[!category_id&!user_id&!published?SELECT posts FROM service_totals "
         "WHERE id = 1]"
         "[!category_id&!user_id&published?SELECT CASE :published WHEN 1 THEN "
         "published_posts ELSE posts - published_posts END FROM service_totals "
         "WHERE id = 1]"
         "[!category_id&user_id&!published?SELECT post_count FROM "
         "author_totals WHERE user_id = :user_id]"
         "[!category_id&user_id&published?SELECT CASE :published WHEN 1 THEN "
         "published_count ELSE post_count - published_count END FROM "
         "author_totals WHERE user_id = :user_id]"
         "[category_id?SELECT count(*) FROM posts WHERE category_id = "
         ":category_id]"
         "[category_id&user_id? AND user_id = :user_id]"
         "[category_id&published? AND published = :published]"),
};

// -- update, delete -----------------------------------------------------------

constexpr auto update_fields
    = std::array{id.required(), title.not_null(), content, published.not_null(),
                 category_id};
constexpr auto update_steps = std::array{
    object("post",
           "UPDATE posts SET " SLUICE_POST_CHANGES
           " WHERE id = :id" SLUICE_POST_RETURNING,
           no_post),
};
constexpr auto publish_steps = std::array{
    object("post",
           "UPDATE posts SET published = 1, updated_at = :now WHERE id = "
           ":id" SLUICE_POST_RETURNING,
           no_post),
};
constexpr auto unpublish_steps = std::array{
    object("post",
           "UPDATE posts SET published = 0, updated_at = :now WHERE id = "
           ":id" SLUICE_POST_RETURNING,
           no_post),
};
constexpr auto delete_steps
    = std::array{deleted("DELETE FROM posts WHERE id = :id", no_post)};

// -- transfer -----------------------------------------------------------------

constexpr auto transfer_fields = std::array{id_field("from_user_id").required(),
                                            id_field("to_user_id").required()};
constexpr auto transfer_steps = std::array{
    require("SELECT 1 FROM users WHERE id = :from_user_id",
            {"user", {"from_user_id"}}),
    require("SELECT 1 FROM users WHERE id = :to_user_id",
            {"user", {"to_user_id"}}),
    changes("posts_transferred",
            "UPDATE posts SET user_id = :to_user_id, updated_at = :now WHERE "
            "user_id = :from_user_id"),
};

codec::result<void> prepare_transfer(service_request& request) {
  if (request.integer("from_user_id") != request.integer("to_user_id"))
    return {};
  return codec::fail(codec::error_code::bad_request,
                     "the fields 'from_user_id' and 'to_user_id' must not be "
                     "the same");
}

// -- search, related ----------------------------------------------------------

constexpr auto search_fields = std::array{
    text_field("query", {1, 16'384}).required(),
    flag_field("include_unpublished"), limit_field(20), offset_field()};

// The index first, whatever SQLite thinks of it: there are few matches.
#define SLUICE_MATCHES                                                         \
  " FROM posts_search[!include_unpublished? CROSS JOIN post_entries ON "       \
  "post_entries.post_id = posts_search.rowid] WHERE posts_search MATCH "       \
  ":match[!include_unpublished? AND post_entries.published = 1]"

// The best are chosen first, by rank alone, out of the newest that match;
// snippets are made for those of the page only. They are HTML: the text
// is escaped, the marks are not.
constexpr auto search_steps = std::array{
    list(
        "posts",
        "SELECT " SLUICE_LISTED_POST_COLUMNS
        ", users.name AS author_name, replace(replace(replace(replace("
        "replace(snippet(posts_search, -1, char(1), char(2), '…', 24), '&', "
        "'&amp;'), '<', '&lt;'), '>', '&gt;'), char(1), '<mark>'), char(2), "
        "'</mark>') AS snippet, -best.rank AS score FROM (SELECT "
        "posts_search.rowid AS post_id, bm25(posts_search, 8.0, 1.0, 4.0) AS "
        "rank" SLUICE_MATCHES
        " AND posts_search.rowid >= coalesce((SELECT rowid FROM posts_search "
        "WHERE posts_search MATCH :match ORDER BY rowid DESC LIMIT 1 OFFSET "
        ":last_ranked), 0) ORDER BY rank, posts_search.rowid DESC LIMIT :limit "
        "OFFSET :offset) AS best CROSS JOIN posts_search ON "
        "posts_search.rowid = best.post_id AND posts_search MATCH :match "
        "CROSS JOIN posts ON posts.id = best.post_id CROSS JOIN users ON "
        "users.id = posts.user_id ORDER BY best.rank, posts.id DESC"),
    page("SELECT count(*)" SLUICE_MATCHES),
};

constexpr auto related_fields = std::array{id.required(), limit_field(5)};
constexpr auto related_steps = std::array{call(write_related_posts)};

// -- what is replied ----------------------------------------------------------

constexpr auto found_post_columns
    = join(authored_post_columns,
           std::array{text_member("snippet"), number_member("score")});
constexpr auto found_post_row = reply_row{"found_post", found_post_columns};
constexpr auto related_post_columns = join(
    authored_post_columns, std::array{number_member("similarity_score")});
constexpr auto related_post_row
    = reply_row{"related_post", related_post_columns};
constexpr auto related_members = std::array{rows_member("posts")};

constexpr auto operations = std::array{
    operation{.name = "create",
              .description = "Creates a post",
              .is_write = true,
              .fields = create_fields,
              .steps = create_steps,
              .row = post_row,
              .violations = post_violations},
    operation{.name = "get",
              .description = "A post",
              .fields = id_fields,
              .steps = get_steps,
              .row = post_row},
    operation{.name = "list",
              .description = "Posts, newest first, with the first 500 "
                             "characters of their content",
              .fields = list_fields,
              .steps = list_steps,
              .row = listed_post_row},
    operation{.name = "update",
              .description = "Changes what is named of a post",
              .is_write = true,
              .fields = update_fields,
              .steps = update_steps,
              .row = post_row,
              .any_of = post_fields::changeable,
              .violations = post_violations},
    operation{.name = "publish",
              .description = "Makes a post public",
              .is_write = true,
              .fields = id_fields,
              .steps = publish_steps,
              .row = post_row},
    operation{.name = "unpublish",
              .description = "Makes a post a draft again",
              .is_write = true,
              .fields = id_fields,
              .steps = unpublish_steps,
              .row = post_row},
    operation{.name = "delete",
              .description = "Deletes a post",
              .is_write = true,
              .fields = id_fields,
              .steps = delete_steps},
    operation{.name = "bulk_create",
              .description = "Creates many posts, all or none",
              .is_write = true,
              .fields = bulk_fields,
              .steps = bulk_steps,
              .violations = post_violations},
    operation{.name = "transfer",
              .description = "Gives all posts of a user to another one",
              .is_write = true,
              .fields = transfer_fields,
              .steps = transfer_steps,
              .prepare = prepare_transfer},
    operation{.name = "search",
              .description = "Posts that have all words of a query, best first",
              .fields = search_fields,
              .steps = search_steps,
              .row = found_post_row,
              .prepare = prepare_search},
    operation{.name = "related",
              .description = "Published posts that share words with this one",
              .fields = related_fields,
              .steps = related_steps,
              .row = related_post_row,
              .members = related_members},
};

} // namespace

constexpr service posts_service = {"posts", operations};

} // namespace sluice::services
