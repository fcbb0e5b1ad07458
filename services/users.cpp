#include "services/users.hpp"

#include "services/columns.hpp"

#include <array>

namespace sluice::services {

namespace {

using user_fields::avatar_url;
using user_fields::bio;
using user_fields::email;
using user_fields::name;

constexpr auto id = id_field("id");

constexpr auto no_user = missing_row{"user", {"id"}};

// -- create -------------------------------------------------------------------

constexpr auto create_fields = std::array{
    name.required(), email.required(), bio, avatar_url, user_fields::password};
constexpr auto create_steps = std::array{
    object("user",
           "INSERT INTO users(name, email, bio, avatar_url[password_hash?, "
           "password_hash], created_at, updated_at) VALUES (:name, :email, "
           ":bio, :avatar_url[password_hash?, :password_hash], :now, :now) "
           "RETURNING " SLUICE_USER_COLUMNS,
           {}),
};

// -- get, list ----------------------------------------------------------------

constexpr auto get_fields = std::array{id, email};
constexpr auto get_one_of = std::array<std::string_view, 2>{"id", "email"};
constexpr auto get_steps = std::array{
    object("user",
           "SELECT " SLUICE_USER_COLUMNS
           " FROM users WHERE [id?id = :id][email?email = :email]",
           {"user", {"id", "email"}}),
};

constexpr auto list_fields = std::array{limit_field(10), offset_field()};
constexpr auto list_steps = std::array{
    list("users", "SELECT " SLUICE_USER_COLUMNS
                  " FROM users WHERE id > 0 ORDER BY id DESC LIMIT :limit "
                  "OFFSET :offset"),
    page("SELECT users FROM service_totals WHERE id = 1"),
};

// -- update, delete -----------------------------------------------------------

constexpr auto update_fields = std::array{id.required(), name.not_null(),
                                          email.not_null(), bio, avatar_url};
constexpr auto update_steps = std::array{
    object("user",
           "UPDATE users SET " SLUICE_USER_CHANGES
           " WHERE id = :id RETURNING " SLUICE_USER_COLUMNS,
           no_user),
};

constexpr auto id_fields = std::array{id.required()};
// The posts go by the foreign key.
constexpr auto delete_steps
    = std::array{deleted("DELETE FROM users WHERE id = :id", no_user)};

// -- posts --------------------------------------------------------------------

constexpr auto posts_fields
    = std::array{id.required(), flag_field("include_unpublished"),
                 limit_field(20), offset_field()};
constexpr auto posts_steps = std::array{
    require("SELECT 1 FROM users WHERE id = :id", no_user),
    list("posts",
         "SELECT " SLUICE_LISTED_POST_COLUMNS
         ", users.name AS author_name FROM posts JOIN users ON users.id = "
         "posts.user_id WHERE posts.user_id = :id[!include_unpublished? AND "
         "posts.published = 1] ORDER BY posts.id DESC LIMIT :limit OFFSET "
         ":offset"),
    page("SELECT [include_unpublished?post_count]"
         "[!include_unpublished?published_count] FROM author_totals WHERE "
         "user_id = :id"),
};

constexpr auto operations = std::array{
    operation{.name = "create",
              .description = "Creates a user",
              .is_write = true,
              .fields = create_fields,
              .steps = create_steps,
              .row = user_row,
              .violations = user_violations,
              .authentication = {.hashed = "password", .is_secret = true}},
    operation{.name = "get",
              .description = "A user, by id or by e-mail address",
              .fields = get_fields,
              .steps = get_steps,
              .row = user_row,
              .one_of = get_one_of},
    operation{.name = "list",
              .description = "Users, newest first",
              .fields = list_fields,
              .steps = list_steps,
              .row = user_row},
    operation{.name = "update",
              .description = "Changes what is named of a user",
              .is_write = true,
              .fields = update_fields,
              .steps = update_steps,
              .row = user_row,
              .any_of = user_fields::changeable,
              .violations = user_violations},
    operation{.name = "delete",
              .description = "Deletes a user and all that is theirs",
              .is_write = true,
              .fields = id_fields,
              .steps = delete_steps},
    operation{.name = "posts",
              .description = "A user's posts, newest first",
              .fields = posts_fields,
              .steps = posts_steps,
              .row = authored_post_row},
};

} // namespace

constexpr service users_service = {"users", operations};

} // namespace sluice::services
