#include "services/categories.hpp"

#include <array>

namespace sluice::services {

namespace {

// A macro, for only literals join into one text while this is compiled.
#define SLUICE_CATEGORY_COLUMNS "id, name, description, created_at, updated_at"

constexpr auto id = id_field("id");
constexpr auto name = text_field("name", {1, 100});
constexpr auto description = text_field("description", {0, 2'000}).nullable();

constexpr auto no_category = missing_row{"category", {"id"}};
constexpr auto violations = std::array{
    violation{.kind = codec::constraint_kind::unique,
              .columns = "categories.name",
              .message = "another category has this name already"}};

constexpr auto create_fields = std::array{name.required(), description};
constexpr auto create_steps = std::array{
    object("category",
           "INSERT INTO categories(name, description, created_at, updated_at) "
           "VALUES (:name, :description, :now, :now) "
           "RETURNING " SLUICE_CATEGORY_COLUMNS,
           {}),
};

constexpr auto list_fields = std::array{limit_field(20), offset_field()};
constexpr auto list_steps = std::array{
    list("categories", "SELECT " SLUICE_CATEGORY_COLUMNS
                       " FROM categories ORDER BY name LIMIT :limit OFFSET "
                       ":offset"),
    page("SELECT count(*) FROM categories"),
};

constexpr auto update_fields
    = std::array{id.required(), name.not_null(), description};
constexpr auto update_any_of
    = std::array<std::string_view, 2>{"name", "description"};
constexpr auto update_steps = std::array{
    object("category",
           "UPDATE categories SET updated_at = :now[name?, name = :name]"
           "[description?, description = :description] WHERE id = :id "
           "RETURNING " SLUICE_CATEGORY_COLUMNS,
           no_category),
};

constexpr auto id_fields = std::array{id.required()};
// Its posts stay, without a category: by the foreign key.
constexpr auto delete_steps
    = std::array{deleted("DELETE FROM categories WHERE id = :id", no_category)};

constexpr auto category_columns = std::array{
    integer_member("id"),
    text_member("name"),
    text_member("description").nullable(),
    time_member("created_at"),
    time_member("updated_at"),
};
constexpr auto category_row = reply_row{"category", category_columns};

constexpr auto operations = std::array{
    operation{.name = "create",
              .description = "Creates a category of posts",
              .is_write = true,
              .fields = create_fields,
              .steps = create_steps,
              .row = category_row,
              .violations = violations},
    operation{.name = "list",
              .description = "Categories, by name",
              .fields = list_fields,
              .steps = list_steps,
              .row = category_row},
    operation{.name = "update",
              .description = "Changes what is named of a category",
              .is_write = true,
              .fields = update_fields,
              .steps = update_steps,
              .row = category_row,
              .any_of = update_any_of,
              .violations = violations},
    operation{.name = "delete",
              .description = "Deletes a category; its posts stay",
              .is_write = true,
              .fields = id_fields,
              .steps = delete_steps},
};

} // namespace

constexpr service categories_service = {"categories", operations};

} // namespace sluice::services
