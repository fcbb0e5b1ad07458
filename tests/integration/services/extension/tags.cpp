#include "tests/integration/services/extension/tags.hpp"

#include <array>

namespace sluice::services {

namespace {

constexpr auto no_tag = missing_row{"tag", {"id"}};

// -- create -------------------------------------------------------------------

constexpr auto create_fields = std::array{
    text_field("name", {1, 50}).required(), text_field("color", {0, 20})};
constexpr auto create_steps = std::array{
    object("tag",
           "INSERT INTO tags(name, color, created_at) VALUES (:name, :color, "
           ":now) RETURNING id, name, color",
           {}),
};
constexpr auto violations
    = std::array{violation{.kind = codec::constraint_kind::unique,
                           .columns = "tags.name",
                           .message = "there is a tag of this name already"}};

// -- get, list, delete --------------------------------------------------------

constexpr auto id_fields = std::array{id_field("id").required()};
constexpr auto get_steps = std::array{
    object("tag", "SELECT id, name, color FROM tags WHERE id = :id", no_tag)};
constexpr auto list_fields = std::array{limit_field(20), offset_field()};
constexpr auto list_steps = std::array{
    list("tags", "SELECT id, name, color FROM tags WHERE id > 0 ORDER BY id "
                 "DESC LIMIT :limit OFFSET :offset"),
    page("SELECT count(*) FROM tags"),
};
constexpr auto delete_steps
    = std::array{deleted("DELETE FROM tags WHERE id = :id", no_tag)};

constexpr auto tag_columns = std::array{
    integer_member("id"),
    text_member("name"),
    text_member("color").nullable(),
};
constexpr auto tag_row = reply_row{"tag", tag_columns};

constexpr auto operations = std::array{
    operation{.name = "create",
              .description = "Creates a tag",
              .is_write = true,
              .fields = create_fields,
              .steps = create_steps,
              .row = tag_row,
              .violations = violations},
    operation{.name = "get",
              .description = "A tag",
              .fields = id_fields,
              .steps = get_steps,
              .row = tag_row},
    operation{.name = "list",
              .description = "Tags, newest first",
              .fields = list_fields,
              .steps = list_steps,
              .row = tag_row},
    operation{.name = "delete",
              .description = "Deletes a tag",
              .is_write = true,
              .fields = id_fields,
              .steps = delete_steps},
};

} // namespace

constexpr service tags_service = {"tags", operations};

} // namespace sluice::services
