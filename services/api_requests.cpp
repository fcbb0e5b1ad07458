#include "services/api_requests.hpp"

#include "services/api_schema.hpp"
#include "services/databases.hpp"
#include "services/health.hpp"
#include "services/migrations.hpp"
#include "services/running.hpp"

#include <array>

namespace sluice::services {

namespace {

using codec::error_code;
using codec::yaml_writer;

constexpr auto database_reply
    = std::array{object_member("database", database_members)};
constexpr auto deleted_reply = std::array{boolean_member("deleted")};
constexpr auto dump_reply = std::array{integer_member("file_size")};
constexpr auto cancel_reply = std::array{boolean_member("cancelled")};
constexpr auto exec_reply
    = std::array{integer_member("count"), number_member("duration")};

constexpr auto query_request = std::string_view{R"(
oneOf:
  - $ref: "#/components/schemas/batch"
  - type: object
    additionalProperties: false
    required: [sql]
    properties:
      sql:
        $ref: "#/components/schemas/sql_text"
      params:
        $ref: "#/components/schemas/sql_parameters"
      results_format:
        $ref: "#/components/schemas/results_format"
  - type: object
    additionalProperties: false
    required: [queries]
    properties:
      queries:
        $ref: "#/components/schemas/batch"
      results_format:
        $ref: "#/components/schemas/results_format"
)"};

constexpr auto query_reply = std::string_view{R"(
description: >-
  One result, or for a batch an array of them, in order. At the end of a stream
  they have no results.
anyOf:
  - $ref: "#/components/schemas/query_result"
  - type: array
    items:
      $ref: "#/components/schemas/query_result"
  - $ref: "#/components/schemas/streamed_result"
  - type: array
    items:
      $ref: "#/components/schemas/streamed_result"
)"};

constexpr auto exec_request = std::string_view{R"(
type: object
additionalProperties: false
required: [sql]
properties:
  sql:
    $ref: "#/components/schemas/sql_script"
)"};

constexpr auto applied_reply = std::string_view{R"(
type: object
required: [success, applied]
properties:
  success:
    type: boolean
    const: true
  applied:
    description: The names of those that were applied now.
    type: array
    items:
      type: string
)"};

constexpr auto migrations_reply = std::string_view{R"(
type: object
required: [success, migrations]
properties:
  success:
    type: boolean
    const: true
  migrations:
    type: array
    items:
      type: object
      required: [id, name, applied_at]
      properties:
        id:
          type: integer
        name:
          type: string
        applied_at:
          type: [string, "null"]
)"};

constexpr auto named_database = std::string_view{R"(
type: object
additionalProperties: false
required: [name]
properties:
  name:
    $ref: "#/components/schemas/database_name"
)"};

constexpr auto running_request_id = std::string_view{R"(
type: object
additionalProperties: false
required: [id]
properties:
  id:
    description: One that db.<db>.running lists.
    type: string
)"};

constexpr auto named_or_known_database = std::string_view{R"(
type: object
additionalProperties: false
properties:
  name:
    type: [string, "null"]
  uuid:
    type: [string, "null"]
oneOf:
  - required: [name]
  - required: [uuid]
)"};

void write_list_databases(yaml_writer& out) {
  out.begin("payload");
  out.text("type", "object");
  out.boolean("additionalProperties", false);
  out.begin("properties");
  out.lines("name:\n"
            "  description: Only databases whose name contains this.\n"
            "  type: [string, \"null\"]\n"
            "page:\n"
            "  type: [integer, \"null\"]\n"
            "  minimum: 1\n"
            "  default: 1\n");
  out.begin("per_page");
  out.lines("type: [integer, \"null\"]\n"
            "minimum: 1\n");
  out.integer("maximum", databases_per_page_max);
  out.integer("default", list_databases{}.per_page);
  out.end();
  out.end();
  out.end();
}

void write_lines(yaml_writer& out, std::string_view payload) {
  out.begin("payload");
  out.lines(payload);
  out.end();
}

void write_members(yaml_writer& out, std::span<const reply_member> members) {
  write_object_schema(out, "payload", members, object_place::reply);
}

/// Beside the members, the counters of each endpoint.
void write_stats(yaml_writer& out) {
  out.begin("payload");
  out.begin_list("allOf");
  out.begin_item();
  write_object(out, stats_members, object_place::reply);
  out.end();
  out.begin_item();
  out.lines("type: object\n"
            "required: [endpoints]\n");
  out.begin("properties");
  out.begin("endpoints");
  out.text("type", "object");
  write_object_schema(out, "additionalProperties", endpoint_counters,
                      object_place::inside);
  out.end();
  out.end();
  out.end();
  out.end();
  out.end();
}

bool is_of_database(const endpoint& row) noexcept {
  return row.subject.starts_with("db.") || row.operation != nullptr;
}

bool is_watch(const endpoint& row) noexcept {
  return row.id == endpoint_id::health || row.id == endpoint_id::stats;
}

/// Answered at once, whatever waits.
bool is_supervision(const endpoint& row) noexcept {
  return row.id == endpoint_id::db_running || row.id == endpoint_id::db_cancel;
}

bool runs_sql(const endpoint& row) noexcept {
  return row.id == endpoint_id::db_query || row.id == endpoint_id::db_exec
         || row.id == endpoint_id::db_migrations_apply;
}

bool may_write(const endpoint& row) noexcept {
  return runs_sql(row) || row.id == endpoint_id::databases_create
         || row.id == endpoint_id::databases_delete
         || (row.operation != nullptr && row.operation->is_write);
}

bool needs_token(const endpoint& row) noexcept {
  return row.operation != nullptr
         && row.operation->authentication.token == token_place::header;
}

bool has_password(const endpoint& row) noexcept {
  return row.operation != nullptr
         && (!row.operation->authentication.hashed.empty()
             || !row.operation->authentication.checked.empty());
}

bool is_authenticated(const endpoint& row) noexcept {
  if (row.operation == nullptr)
    return false;
  const auto& rules = row.operation->authentication;
  return rules.token != token_place::none || !rules.checked.empty()
         || rules.session == session_use::renews;
}

} // namespace

bool may_stream(const endpoint& row) noexcept {
  return row.id == endpoint_id::db_query || row.id == endpoint_id::db_dump;
}

void write_request_payload(yaml_writer& out, const endpoint& row) {
  if (row.operation != nullptr) {
    write_request_schema(out, "payload", *row.operation);
    return;
  }
  switch (row.id) {
  case endpoint_id::db_query:
    write_lines(out, query_request);
    return;
  case endpoint_id::db_exec:
    write_lines(out, exec_request);
    return;
  case endpoint_id::db_migrations_apply:
    write_fields_schema(out, "payload", apply_migrations_fields());
    return;
  case endpoint_id::db_cancel:
    write_lines(out, running_request_id);
    return;
  case endpoint_id::databases_create:
  case endpoint_id::databases_delete:
    write_lines(out, named_database);
    return;
  case endpoint_id::databases_get:
    write_lines(out, named_or_known_database);
    return;
  case endpoint_id::databases_list:
    write_list_databases(out);
    return;
  case endpoint_id::health:
  case endpoint_id::stats:
    write_lines(out, "description: It is not looked at.\n");
    return;
  default:
    write_fields_schema(out, "payload", {});
  }
}

void write_reply_payload(yaml_writer& out, const endpoint& row) {
  if (row.operation != nullptr) {
    write_reply_schema(out, "payload", *row.operation);
    return;
  }
  switch (row.id) {
  case endpoint_id::db_query:
    write_lines(out, query_reply);
    return;
  case endpoint_id::db_exec:
    write_members(out, exec_reply);
    return;
  case endpoint_id::db_migrations_apply:
    write_lines(out, applied_reply);
    return;
  case endpoint_id::db_migrations_list:
    write_lines(out, migrations_reply);
    return;
  case endpoint_id::db_dump:
    write_members(out, dump_reply);
    return;
  case endpoint_id::db_running:
    write_members(out, running_members);
    return;
  case endpoint_id::db_cancel:
    write_members(out, cancel_reply);
    return;
  case endpoint_id::databases_create:
  case endpoint_id::databases_get:
    write_members(out, database_reply);
    return;
  case endpoint_id::databases_list:
    write_members(out, list_databases_members);
    return;
  case endpoint_id::databases_delete:
    write_members(out, deleted_reply);
    return;
  case endpoint_id::health:
    write_members(out, health_members);
    return;
  default:
    write_stats(out);
  }
}

std::vector<std::string_view> request_headers_of(const endpoint& row) {
  auto result = std::vector<std::string_view>{};
  if (needs_token(row))
    result.emplace_back("Authorization");
  if (has_password(row))
    result.emplace_back("Sluice-Client-Address");
  if (row.operation != nullptr)
    result.emplace_back("Sluice-Database");
  if (!is_watch(row) && !is_supervision(row)) {
    result.emplace_back("Sluice-Timeout-Ms");
    result.emplace_back("Sluice-Sent-Ms");
  }
  if (may_write(row))
    result.emplace_back("Nats-Msg-Id");
  if (is_of_database(row) && !is_supervision(row))
    result.emplace_back("Sluice-Bookmark");
  if (may_stream(row)) {
    result.emplace_back("Sluice-Stream");
    result.emplace_back("Sluice-Window");
  }
  if (!is_watch(row) && !is_supervision(row) && is_of_database(row))
    result.emplace_back("Sluice-Heartbeat");
  result.emplace_back("traceparent");
  return result;
}

std::vector<std::string_view> required_headers_of(const endpoint& row) {
  if (needs_token(row))
    return {"Authorization"};
  if (row.id == endpoint_id::db_dump)
    return {"Sluice-Stream"};
  return {};
}

std::vector<std::string_view> reply_headers_of(const endpoint& row) {
  auto result = std::vector<std::string_view>{};
  if (is_of_database(row) && !is_supervision(row))
    result.emplace_back("Sluice-Bookmark");
  if (may_write(row))
    result.emplace_back("Sluice-Replayed");
  if (may_stream(row)) {
    result.emplace_back("Sluice-Sequence");
    result.emplace_back("Sluice-Final");
  }
  result.emplace_back("traceparent");
  return result;
}

std::vector<error_code> failures_of(const endpoint& row) {
  if (is_watch(row))
    return {};
  auto result = std::vector{error_code::bad_request};
  if (runs_sql(row)) {
    result.push_back(error_code::sql_error);
    result.push_back(error_code::not_authorized);
  }
  if (is_authenticated(row))
    result.push_back(error_code::unauthenticated);
  if (row.id != endpoint_id::databases_create
      && row.id != endpoint_id::databases_list)
    result.push_back(error_code::not_found);
  if (may_write(row))
    result.push_back(error_code::conflict);
  if (may_write(row) && is_of_database(row))
    result.push_back(error_code::constraint);
  for (const auto each :
       {error_code::too_large, error_code::overloaded, error_code::timeout,
        error_code::unavailable, error_code::storage, error_code::internal})
    result.push_back(each);
  return result;
}

} // namespace sluice::services
