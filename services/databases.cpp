#include "services/databases.hpp"

#include "codec/json_writer.hpp"
#include "services/endpoint.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace sluice::services {

namespace {

using codec::error_code;

std::unexpected<codec::error> bad(std::string message) {
  return codec::fail(error_code::bad_request, std::move(message));
}

codec::result<void> allow_only(const codec::named_parameters& fields,
                               std::span<const std::string_view> known) {
  for (const auto& [name, value] : fields) {
    if (std::ranges::find(known, name) != known.end())
      continue;
    auto message = std::string{"unknown field '"};
    message.append(name).append("'; known are ");
    for (const auto each : known)
      message.append(each == known.front() ? "" : ", ").append(each);
    return bad(std::move(message));
  }
  return {};
}

const codec::value* find(const codec::named_parameters& fields,
                         std::string_view name) noexcept {
  const auto found = std::ranges::find(
      fields, name, &codec::named_parameters::value_type::first);
  return found != fields.end() ? &found->second : nullptr;
}

/// A text field; absent and null are "".
codec::result<std::string> text_field(const codec::named_parameters& fields,
                                      std::string_view name) {
  const auto* found = find(fields, name);
  if (found == nullptr || std::holds_alternative<std::monostate>(*found))
    return std::string{};
  if (const auto* text = std::get_if<std::string>(found))
    return *text;
  return bad("the field '" + std::string{name} + "' must be a string");
}

codec::result<std::string>
database_name(const codec::named_parameters& fields) {
  auto name = text_field(fields, "name");
  if (!name)
    return name;
  if (name->empty())
    return bad("the field 'name' is missing: "
               + std::string{database_name_rule});
  if (!is_database_name(*name))
    return bad("the field 'name' is not valid: "
               + std::string{database_name_rule});
  return name;
}

codec::result<std::uint32_t> count_field(const codec::named_parameters& fields,
                                         std::string_view name,
                                         std::uint32_t otherwise,
                                         std::uint32_t count_max) {
  const auto* found = find(fields, name);
  if (found == nullptr || std::holds_alternative<std::monostate>(*found))
    return otherwise;
  const auto* number = std::get_if<std::int64_t>(found);
  if (number == nullptr || *number < 1 || *number > std::int64_t{count_max})
    return bad("the field '" + std::string{name}
               + "' must be an integer from 1 to " + std::to_string(count_max));
  return static_cast<std::uint32_t>(*number);
}

void write_database(codec::json_writer& out,
                    const database_description& database) {
  out.begin_object();
  out.key("uuid");
  out.text(database.uuid);
  out.key("name");
  out.text(database.name);
  out.key("created_at");
  out.text(database.created_at);
  out.key("file_size");
  out.unsigned_integer(database.file_size_bytes);
  out.key("num_tables");
  out.integer(database.num_tables);
  out.key("version");
  out.text("production");
  if (database.is_quarantined) {
    out.key("quarantined");
    out.boolean(true);
  }
  out.end_object();
}

} // namespace

codec::result<create_database>
decode_create_database(const codec::named_parameters& fields) {
  constexpr auto known = std::array<std::string_view, 1>{"name"};
  if (auto clean = allow_only(fields, known); !clean)
    return std::unexpected{clean.error()};
  auto name = database_name(fields);
  if (!name)
    return std::unexpected{name.error()};
  return create_database{std::move(*name)};
}

codec::result<get_database>
decode_get_database(const codec::named_parameters& fields) {
  constexpr auto known = std::array<std::string_view, 2>{"name", "uuid"};
  if (auto clean = allow_only(fields, known); !clean)
    return std::unexpected{clean.error()};
  auto uuid = text_field(fields, "uuid");
  if (!uuid)
    return std::unexpected{uuid.error()};
  auto name = text_field(fields, "name");
  if (!name)
    return std::unexpected{name.error()};
  if (name->empty() == uuid->empty())
    return bad("one of the fields 'name' and 'uuid' is needed");
  return get_database{std::move(*name), std::move(*uuid)};
}

codec::result<list_databases>
decode_list_databases(const codec::named_parameters& fields) {
  constexpr auto known
      = std::array<std::string_view, 3>{"name", "page", "per_page"};
  if (auto clean = allow_only(fields, known); !clean)
    return std::unexpected{clean.error()};
  auto result = list_databases{};
  auto name = text_field(fields, "name");
  if (!name)
    return std::unexpected{name.error()};
  auto page = count_field(fields, "page", result.page,
                          std::numeric_limits<std::uint32_t>::max() / 128);
  if (!page)
    return std::unexpected{page.error()};
  auto per_page = count_field(fields, "per_page", result.per_page,
                              databases_per_page_max);
  if (!per_page)
    return std::unexpected{per_page.error()};
  return list_databases{std::move(*name), *page, *per_page};
}

codec::result<delete_database>
decode_delete_database(const codec::named_parameters& fields) {
  auto created = decode_create_database(fields);
  if (!created)
    return std::unexpected{created.error()};
  return delete_database{std::move(created->name)};
}

codec::result<dump_database>
decode_dump_database(const codec::named_parameters& fields) {
  if (!fields.empty())
    return bad("unknown field '" + fields.front().first
               + "'; a dump has no fields");
  return dump_database{};
}

std::string encode_database(const database_description& database) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("database");
  write_database(out, database);
  out.end_object();
  return out.take();
}

std::string encode_databases(std::span<const database_description> databases,
                             const list_databases& request,
                             std::uint64_t total) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("databases");
  out.begin_array();
  for (const auto& database : databases)
    write_database(out, database);
  out.end_array();
  out.key("page");
  out.unsigned_integer(request.page);
  out.key("per_page");
  out.unsigned_integer(request.per_page);
  out.key("total");
  out.unsigned_integer(total);
  out.end_object();
  return out.take();
}

std::string encode_deleted() {
  return R"({"success":true,"deleted":true})";
}

std::string encode_dumped(std::uint64_t file_size_bytes) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("file_size");
  out.unsigned_integer(file_size_bytes);
  out.end_object();
  return out.take();
}

} // namespace sluice::services
