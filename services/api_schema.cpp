#include "services/api_schema.hpp"

#include "services/service_table.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sluice::services {

namespace {

using codec::yaml_writer;

/// A character has up to so many bytes; the bounds of fields are in bytes, and
/// those of JSON Schema in characters.
constexpr auto character_bytes_max = std::int64_t{4};

std::string_view json_type(field_type type) noexcept {
  switch (type) {
  case field_type::text:
  case field_type::email:
  case field_type::url:
    return "string";
  case field_type::integer:
    return "integer";
  case field_type::boolean:
  case field_type::flag:
    return "boolean";
  case field_type::list:
    return "array";
  }
  return "object";
}

std::string_view json_type(member_type type) noexcept {
  switch (type) {
  case member_type::text:
  case member_type::time:
  case member_type::date:
    return "string";
  case member_type::integer:
    return "integer";
  case member_type::number:
    return "number";
  case member_type::boolean:
    return "boolean";
  case member_type::object:
    return "object";
  case member_type::list:
  case member_type::rows:
    return "array";
  }
  return "object";
}

void write_type(yaml_writer& out, std::string_view type, bool takes_null) {
  if (takes_null)
    out.texts("type", std::array<std::string_view, 2>{type, "null"});
  else
    out.text("type", type);
}

std::string range(const field_bounds& bounds, std::string_view unit) {
  auto result = std::to_string(bounds.min);
  if (bounds.max == INT64_MAX)
    result += " or more";
  else
    result += " to " + std::to_string(bounds.max);
  return result.append(" ").append(unit);
}

void write_text_bounds(yaml_writer& out, const field& declared) {
  const auto& bounds = declared.bounds;
  const auto is_email = declared.type == field_type::email;
  if (is_email)
    out.text("format", "email");
  if (declared.type == field_type::url) {
    out.text("format", "uri");
    out.text("pattern", "^[Hh][Tt][Tt][Pp][Ss]?://");
  }
  if (!is_email && bounds.min > 0)
    out.integer("minLength",
                (bounds.min + character_bytes_max - 1) / character_bytes_max);
  // Blanks around an address do not count.
  if (!is_email && bounds.max != INT64_MAX)
    out.integer("maxLength", bounds.max);
  out.text("description",
           range(bounds, "bytes of UTF-8, no NUL")
               + (is_email ? "; blanks around it are taken away"
                           : (bounds.min > 0 ? ", not only blanks" : ""))
               + (declared.limit == nullptr
                      ? std::string{}
                      : "; the setting " + std::string{declared.setting}));
}

void write_integer_bounds(yaml_writer& out, const field& declared) {
  out.text("format", "int64");
  out.integer("minimum", declared.bounds.min);
  if (declared.bounds.max != INT64_MAX)
    out.integer("maximum", declared.bounds.max);
}

void write_default(yaml_writer& out, const field& declared) {
  if (declared.type == field_type::flag)
    out.boolean("default", false);
  else if (declared.has_default && declared.type == field_type::boolean)
    out.boolean("default", declared.default_value != 0);
  else if (declared.has_default)
    out.integer("default", declared.default_value);
}

void write_object_of_fields(yaml_writer& out, std::span<const field> fields);

void write_field(yaml_writer& out, const field& declared) {
  out.begin(declared.name);
  const auto takes_null
      = declared.null == null_rule::clears
        || (declared.null == null_rule::absent && !declared.is_required);
  write_type(out, json_type(declared.type), takes_null);
  if (declared.type == field_type::text || declared.type == field_type::email
      || declared.type == field_type::url)
    write_text_bounds(out, declared);
  if (declared.type == field_type::integer)
    write_integer_bounds(out, declared);
  if (declared.type == field_type::list) {
    out.integer("minItems", declared.bounds.min);
    out.integer("maxItems", declared.bounds.max);
    out.begin("items");
    write_object_of_fields(out, declared.element);
    out.end();
  }
  write_default(out, declared);
  out.end();
}

void write_object_of_fields(yaml_writer& out, std::span<const field> fields) {
  out.text("type", "object");
  out.boolean("additionalProperties", false);
  auto required = std::vector<std::string_view>{};
  for (const auto& each : fields)
    if (each.is_required)
      required.push_back(each.name);
  if (!required.empty())
    out.texts("required", required);
  if (fields.empty())
    return;
  out.begin("properties");
  for (const auto& each : fields)
    write_field(out, each);
  out.end();
}

/// One of these must be there, or at least one.
void write_choice(yaml_writer& out, std::string_view key,
                  std::span<const std::string_view> fields) {
  if (fields.empty())
    return;
  out.begin_list(key);
  for (const auto each : fields) {
    out.begin_item();
    out.texts("required", std::array{each});
    out.end();
  }
  out.end();
}

void write_simple(yaml_writer& out, std::string_view key,
                  std::string_view type) {
  out.begin(key);
  out.text("type", type);
  out.end();
}

/// An operation need not say what its rows are.
void write_row(yaml_writer& out, std::string_view key, const reply_row& row) {
  if (row.name.empty())
    write_simple(out, key, "object");
  else
    write_reference(out, key, "#/components/schemas/" + std::string{row.name});
}

void write_rows(yaml_writer& out, std::string_view key, const reply_row& row) {
  out.begin(key);
  out.text("type", "array");
  write_row(out, "items", row);
  out.end();
}

void write_constant(yaml_writer& out, std::string_view key, bool value) {
  out.begin(key);
  out.text("type", "boolean");
  out.boolean("const", value);
  out.end();
}

void write_member(yaml_writer& out, const reply_member& declared,
                  const reply_row& row) {
  if (declared.type == member_type::rows) {
    write_rows(out, declared.name, row);
    return;
  }
  if (declared.type == member_type::object) {
    write_object_schema(out, declared.name, declared.element,
                        object_place::inside);
    return;
  }
  out.begin(declared.name);
  write_type(out, json_type(declared.type), declared.is_nullable);
  if (declared.type == member_type::integer)
    out.text("format", "int64");
  if (declared.type == member_type::time)
    out.text("format", "date-time");
  if (declared.type == member_type::date)
    out.text("format", "date");
  if (declared.type == member_type::list)
    write_object_schema(out, "items", declared.element, object_place::inside);
  out.end();
}

/// The members that a step writes. @return their names.
std::vector<std::string_view> members_of(const step& each) {
  switch (each.kind) {
  case step_kind::object:
  case step_kind::list:
  case step_kind::changes:
    return {each.key};
  case step_kind::page:
    return {"total", "limit", "offset", "has_more"};
  case step_kind::deleted:
    return {"deleted"};
  case step_kind::each:
    return {each.key, "total"};
  default:
    return {};
  }
}

void write_step(yaml_writer& out, const step& each, const reply_row& row) {
  switch (each.kind) {
  case step_kind::object:
    write_row(out, each.key, row);
    return;
  case step_kind::list:
    write_rows(out, each.key, row);
    return;
  case step_kind::changes:
    write_simple(out, each.key, "integer");
    return;
  case step_kind::page:
    for (const auto* name : {"total", "limit", "offset"})
      write_simple(out, name, "integer");
    write_simple(out, "has_more", "boolean");
    return;
  case step_kind::deleted:
    write_constant(out, "deleted", true);
    return;
  case step_kind::each:
    out.begin(each.key);
    out.text("type", "array");
    write_simple(out, "items", "integer");
    out.end();
    write_simple(out, "total", "integer");
    return;
  default:
    return;
  }
}

} // namespace

void write_reference(yaml_writer& out, std::string_view key,
                     std::string_view where) {
  out.begin(key);
  out.text("$ref", where);
  out.end();
}

void write_fields_schema(yaml_writer& out, std::string_view key,
                         std::span<const field> fields) {
  out.begin(key);
  write_object_of_fields(out, fields);
  out.end();
}

void write_request_schema(yaml_writer& out, std::string_view key,
                          const operation& declared) {
  out.begin(key);
  write_object_of_fields(out, declared.fields);
  write_choice(out, "oneOf", declared.one_of);
  write_choice(out, "anyOf", declared.any_of);
  out.end();
}

void write_object(yaml_writer& out, std::span<const reply_member> members,
                  object_place place) {
  out.text("type", "object");
  auto required = std::vector<std::string_view>{};
  if (place == object_place::reply)
    required.emplace_back("success");
  for (const auto& each : members)
    if (!each.is_optional)
      required.push_back(each.name);
  out.texts("required", required);
  out.begin("properties");
  if (place == object_place::reply)
    write_constant(out, "success", true);
  for (const auto& each : members)
    write_member(out, each, {});
  out.end();
}

void write_object_schema(yaml_writer& out, std::string_view key,
                         std::span<const reply_member> members,
                         object_place place) {
  out.begin(key);
  write_object(out, members, place);
  out.end();
}

void write_reply_schema(yaml_writer& out, std::string_view key,
                        const operation& declared) {
  out.begin(key);
  out.text("type", "object");
  auto required = std::vector<std::string_view>{"success"};
  for (const auto& each : declared.steps)
    std::ranges::copy(members_of(each), std::back_inserter(required));
  for (const auto& each : declared.members)
    required.push_back(each.name);
  out.texts("required", required);
  out.begin("properties");
  write_constant(out, "success", true);
  for (const auto& each : declared.steps)
    write_step(out, each, declared.row);
  for (const auto& each : declared.members)
    write_member(out, each, declared.row);
  out.end();
  out.end();
}

std::vector<reply_row> declared_rows() {
  auto result = std::vector<reply_row>{};
  for (const auto* each : service_table())
    for (const auto& declared : each->operations)
      if (!declared.row.name.empty()
          && std::ranges::find(result, declared.row.name, &reply_row::name)
                 == result.end())
        result.push_back(declared.row);
  std::ranges::sort(result, {}, &reply_row::name);
  return result;
}

} // namespace sluice::services
