#include "services/me.hpp"

#include "services/columns.hpp"
#include "services/service_request.hpp"

#include <array>

namespace sluice::services {

namespace {

using post_fields::category_id;
using post_fields::content;
using post_fields::published;
using post_fields::title;
using user_fields::avatar_url;
using user_fields::bio;
using user_fields::email;
using user_fields::name;

constexpr auto id = id_field("id");

// The session was looked for just before, and it goes with its user.
constexpr auto no_user = missing_row{"user", {"caller_id"}};
constexpr auto no_post = missing_row{"post", {"id"}};

constexpr auto needs_token = authentication_rules{.token = token_place::header};

/// A token may have been stolen, and these are for good: the password decides.
constexpr auto needs_password = authentication_rules{
    .token = token_place::header,
    .checked = "password",
    .account_sql = "SELECT id, password_hash FROM users WHERE id = :caller_id",
    .refusal = "wrong password",
    .is_secret = true};
constexpr auto password = text_field("password", {1, 1'024});

// -- the account --------------------------------------------------------------

constexpr auto get_steps = std::array{object(
    "user", "SELECT " SLUICE_USER_COLUMNS " FROM users WHERE id = :caller_id",
    no_user)};

constexpr auto update_fields
    = std::array{name.not_null(), email.not_null(), bio, avatar_url, password};
constexpr auto update_rules = [] {
  auto result = needs_password;
  result.checked_with = "email";
  return result;
}();

codec::result<void> prepare_update(service_request& request) {
  if (!request.has("email") || request.has("password"))
    return {};
  return codec::fail(codec::error_code::bad_request,
                     "the field 'password' is missing: another e-mail address "
                     "needs the present password");
}

constexpr auto update_steps = std::array{
    object("user",
           "UPDATE users SET " SLUICE_USER_CHANGES
           " WHERE id = :caller_id RETURNING " SLUICE_USER_COLUMNS,
           no_user),
};

constexpr auto delete_fields = std::array{password.required()};
// Posts and sessions go by the foreign keys.
constexpr auto delete_steps
    = std::array{deleted("DELETE FROM users WHERE id = :caller_id", no_user)};

// -- posts --------------------------------------------------------------------

// The owner stands in each statement: a foreign post is not there.

constexpr auto list_fields = std::array{id_field("category_id"), published,
                                        limit_field(20), offset_field()};
constexpr auto list_steps = std::array{
    list("posts",
         "SELECT " SLUICE_LISTED_POST_COLUMNS
         " FROM posts WHERE user_id = :caller_id"
         "[category_id? AND category_id = :category_id]"
         "[published? AND published = :published] ORDER BY id DESC LIMIT "
         ":limit OFFSET :offset"),
    page("[!category_id&!published?SELECT post_count FROM author_totals WHERE "
         "user_id = :caller_id]"
         "[!category_id&published?SELECT CASE :published WHEN 1 THEN "
         "published_count ELSE post_count - published_count END FROM "
         "author_totals WHERE user_id = :caller_id]"
         "[category_id?SELECT count(*) FROM posts WHERE category_id = "
         ":category_id AND user_id = :caller_id]"
         "[category_id&published? AND published = :published]"),
};

constexpr auto create_fields
    = std::array{title.required(), content, published.or_else(0), category_id};
constexpr auto create_steps = std::array{
    object("post",
           "INSERT INTO posts(user_id, category_id, title, content, published, "
           "created_at, updated_at) VALUES (:caller_id, :category_id, :title, "
           ":content, :published, :now, :now)" SLUICE_POST_RETURNING,
           no_user),
};

constexpr auto update_post_fields
    = std::array{id.required(), title.not_null(), content, published.not_null(),
                 category_id};
constexpr auto update_post_steps = std::array{
    object("post",
           "UPDATE posts SET " SLUICE_POST_CHANGES
           " WHERE id = :id AND user_id = :caller_id" SLUICE_POST_RETURNING,
           no_post),
};

constexpr auto id_fields = std::array{id.required()};
constexpr auto publish_steps = std::array{
    object("post",
           "UPDATE posts SET published = 1, updated_at = :now WHERE id = :id "
           "AND user_id = :caller_id" SLUICE_POST_RETURNING,
           no_post),
};
constexpr auto delete_post_steps = std::array{deleted(
    "DELETE FROM posts WHERE id = :id AND user_id = :caller_id", no_post)};

constexpr auto operations = std::array{
    operation{.name = "get",
              .description = "The caller's own account",
              .steps = get_steps,
              .row = user_row,
              .authentication = needs_token},
    operation{.name = "update",
              .description = "Changes what is named of the caller's account",
              .is_write = true,
              .fields = update_fields,
              .steps = update_steps,
              .row = user_row,
              .any_of = user_fields::changeable,
              .violations = user_violations,
              .prepare = prepare_update,
              .authentication = update_rules},
    operation{.name = "delete",
              .description = "Deletes the caller's account and all that is in "
                             "it",
              .is_write = true,
              .fields = delete_fields,
              .steps = delete_steps,
              .authentication = needs_password},
    operation{.name = "posts.list",
              .description = "The caller's posts, newest first, with the first "
                             "500 characters of their content",
              .fields = list_fields,
              .steps = list_steps,
              .row = listed_post_row,
              .authentication = needs_token},
    operation{.name = "posts.create",
              .description = "Creates a post of the caller",
              .is_write = true,
              .fields = create_fields,
              .steps = create_steps,
              .row = post_row,
              .violations = post_violations,
              .authentication = needs_token},
    operation{.name = "posts.update",
              .description = "Changes what is named of a post of the caller",
              .is_write = true,
              .fields = update_post_fields,
              .steps = update_post_steps,
              .row = post_row,
              .any_of = post_fields::changeable,
              .violations = post_violations,
              .authentication = needs_token},
    operation{.name = "posts.publish",
              .description = "Makes a post of the caller public",
              .is_write = true,
              .fields = id_fields,
              .steps = publish_steps,
              .row = post_row,
              .authentication = needs_token},
    operation{.name = "posts.delete",
              .description = "Deletes a post of the caller",
              .is_write = true,
              .fields = id_fields,
              .steps = delete_post_steps,
              .authentication = needs_token},
};

} // namespace

constexpr service me_service = {"me", operations};

} // namespace sluice::services
