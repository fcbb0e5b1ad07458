#include "services/migrations.hpp"

#include "codec/json_writer.hpp"

#include <array>
#include <utility>

namespace sluice::services {

namespace {

constexpr auto migration_fields
    = std::array{text_field("name", {1, 200}).required(),
                 text_field("sql", {0, INT64_MAX}).required()};
constexpr auto apply_fields = std::array{
    list_field("migrations", migration_fields, {1, 1'000}).required()};

/// How many names a message has.
constexpr auto names_told_max = std::size_t{20};

} // namespace

std::span<const field> apply_migrations_fields() noexcept {
  return apply_fields;
}

codec::result<apply_migrations>
decode_apply_migrations(codec::request_object&& object) {
  auto checked = check_fields(apply_fields, std::move(object));
  if (!checked)
    return std::unexpected{std::move(checked.error())};
  auto result = apply_migrations{};
  for (auto& element : checked->front().elements) {
    auto& name = std::get<std::string>(element[0].value);
    if (name.starts_with(own_migration_prefix))
      return codec::fail(codec::error_code::bad_request,
                         "the field 'migrations["
                             + std::to_string(result.migrations.size())
                             + "].name' must not begin with "
                             + std::string{own_migration_prefix}
                             + ": these are the services' own");
    result.migrations.push_back(
        {std::move(name), std::move(std::get<std::string>(element[1].value))});
  }
  return result;
}

codec::result<list_migrations>
decode_list_migrations(codec::request_object&& object) {
  auto checked = check_fields({}, std::move(object));
  if (!checked)
    return std::unexpected{std::move(checked.error())};
  return list_migrations{};
}

std::string encode_applied(std::span<const std::string_view> names) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("applied");
  out.begin_array();
  for (const auto name : names)
    out.text(name);
  out.end_array();
  out.end_object();
  return out.take();
}

codec::error migration_failure(const named_migration& failed,
                               std::span<const std::string_view> applied,
                               const codec::error& cause) {
  auto message = "the migration '" + failed.name + "' failed: " + cause.message
                 + "; nothing of it was applied";
  if (!applied.empty())
    message += "; applied before it, and kept: ";
  for (auto i = std::size_t{0}; i < applied.size(); ++i) {
    if (i == names_told_max) {
      message += " and " + std::to_string(applied.size() - names_told_max)
                 + " more";
      break;
    }
    message.append(i == 0 ? "'" : ", '").append(applied[i]).append("'");
  }
  return codec::reworded(cause, std::move(message));
}

} // namespace sluice::services
