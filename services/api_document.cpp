#include "services/api_document.hpp"

#include "services/api_components.hpp"
#include "services/api_requests.hpp"
#include "services/api_schema.hpp"
#include "services/endpoint.hpp"

#include <array>

namespace sluice::services {

namespace {

using codec::yaml_writer;

constexpr auto introduction = std::string_view{
    R"(SQL databases over NATS, compatible with Cloudflare D1.

Every request is a message with a reply subject, and is answered once; a
stream is answered by several messages, of which the last has the header
Sluice-Final. Payloads are JSON in UTF-8; an empty one counts as an object
without members. Unknown headers are ignored, unknown fields are not.

A failure has the headers Nats-Service-Error and Nats-Service-Error-Code, and
the payload of the message failure. x-errors of an operation says which codes
it may fail with.

Names such as limits.sql_bytes_max are settings of the server.)"};

std::string name_of(const endpoint& row, std::string_view suffix = {}) {
  return std::string{row.name}.append(suffix);
}

std::string reference(std::string_view where, std::string_view name) {
  return std::string{"#/"}.append(where).append("/").append(name);
}

std::string message_reference(std::string_view name) {
  return reference("components/messages", name);
}

/// The subject, with the name of a database as AsyncAPI has it.
std::string address_of(const endpoint& row, const api_options& options) {
  auto result
      = std::string{options.subject_prefix} + "." + std::string{row.subject};
  if (const auto star = result.find('*'); star != std::string::npos)
    result.replace(star, 1, "{db}");
  return result;
}

bool names_database(const endpoint& row) noexcept {
  return row.subject.contains('*');
}

void write_info(yaml_writer& out, const api_options& options) {
  out.text("asyncapi", "3.0.0");
  out.begin("info");
  out.text("title", "Sluice");
  out.text("version", options.version);
  out.text("description", introduction);
  out.begin("license");
  out.text("name", "MIT");
  out.end();
  out.end();
  out.text("defaultContentType", "application/json");
  out.begin("servers");
  out.begin("nats");
  out.text("host", "localhost:4222");
  out.text("protocol", "nats");
  out.text("description",
           "A NATS server, or the one that Sluice starts itself.");
  out.end();
  out.end();
}

void write_channel(yaml_writer& out, const endpoint& row,
                   const api_options& options) {
  out.begin(row.name);
  out.text("address", address_of(row, options));
  out.text("description", row.description);
  if (names_database(row)) {
    out.begin("parameters");
    write_reference(out, "db", reference("components/parameters", "db"));
    out.end();
  }
  out.begin("messages");
  write_reference(out, row.name, message_reference(row.name));
  out.end();
  out.end();
}

/// The names of the messages that answer a request.
std::vector<std::string> replies_of(const endpoint& row) {
  auto result = std::vector<std::string>{};
  if (may_stream(row))
    result.push_back(name_of(row, "_part"));
  result.push_back(name_of(row, "_reply"));
  result.emplace_back("failure");
  return result;
}

void write_channels(yaml_writer& out, const api_options& options) {
  out.begin("channels");
  for (const auto& row : endpoints())
    write_channel(out, row, options);
  out.begin("reply");
  out.lines("address: null\n");
  out.text("description", "The reply subject of a request.");
  out.begin("messages");
  for (const auto& row : endpoints())
    for (const auto& name : replies_of(row))
      if (name != "failure")
        write_reference(out, name, message_reference(name));
  write_reference(out, "failure", message_reference("failure"));
  out.end();
  out.end();
  out.end();
}

void write_message_references(yaml_writer& out, std::string_view channel,
                              std::span<const std::string> names) {
  out.begin_list("messages");
  for (const auto& name : names) {
    out.begin_item();
    out.text("$ref",
             reference("channels/" + std::string{channel} + "/messages", name));
    out.end();
  }
  out.end();
}

void write_failures(yaml_writer& out, const endpoint& row) {
  auto names = std::vector<std::string_view>{};
  for (const auto code : failures_of(row))
    names.push_back(codec::name(code));
  if (!names.empty())
    out.texts("x-errors", names);
}

void write_operation(yaml_writer& out, const endpoint& row) {
  out.begin(row.name);
  out.text("action", "receive");
  out.text("summary", row.description);
  write_reference(out, "channel", reference("channels", row.name));
  const auto request = std::array{name_of(row)};
  write_message_references(out, row.name, request);
  out.begin("reply");
  write_reference(out, "channel", reference("channels", "reply"));
  write_message_references(out, "reply", replies_of(row));
  out.end();
  out.begin_list("traits");
  out.begin_item();
  out.text("$ref", reference("components/operationTraits", "queued"));
  out.end();
  out.end();
  write_failures(out, row);
  out.end();
}

void write_headers(yaml_writer& out, std::span<const std::string_view> names,
                   std::span<const std::string_view> required) {
  out.begin("headers");
  out.text("type", "object");
  if (!required.empty())
    out.texts("required", required);
  out.begin("properties");
  for (const auto name : names)
    write_reference(
        out, name,
        reference("components/schemas", "header_" + std::string{name}));
  out.end();
  out.end();
}

void write_part(yaml_writer& out, const endpoint& row) {
  const auto is_dump = row.id == endpoint_id::db_dump;
  out.begin(name_of(row, "_part"));
  if (is_dump)
    out.text("contentType", "application/octet-stream");
  auto names = std::vector<std::string_view>{"Sluice-Sequence"};
  if (!is_dump)
    names.emplace_back("Sluice-Statement");
  names.emplace_back("traceparent");
  write_headers(out, names, std::array<std::string_view, 1>{names.front()});
  if (is_dump) {
    out.begin("payload");
    out.text("description", "The next bytes of the file.");
    out.text("type", "string");
    out.text("format", "binary");
    out.end();
  } else {
    write_reference(out, "payload",
                    reference("components/schemas", "rows_and_columns"));
  }
  out.end();
}

void write_messages_of(yaml_writer& out, const endpoint& row) {
  out.begin(row.name);
  out.text("summary", row.description);
  write_headers(out, request_headers_of(row), required_headers_of(row));
  write_request_payload(out, row);
  out.end();
  if (may_stream(row))
    write_part(out, row);
  out.begin(name_of(row, "_reply"));
  write_headers(out, reply_headers_of(row), {});
  write_reply_payload(out, row);
  out.end();
}

/// The codes, their numbers and whether to try again.
std::string describe_codes() {
  auto result = std::string{"The code, and the number in the header:\n"};
  for (auto i = 0; i < static_cast<int>(codec::error_code::count_); ++i) {
    const auto code = static_cast<codec::error_code>(i);
    result.append("\n- ")
        .append(codec::name(code))
        .append(" ")
        .append(std::to_string(codec::number(code)));
    if (codec::is_retryable(code))
      result += ", may succeed later";
  }
  return result;
}

void write_failure(yaml_writer& out) {
  constexpr auto names = std::array<std::string_view, 6>{
      "Nats-Service-Error", "Nats-Service-Error-Code",
      "Sluice-Sequence",    "Sluice-Failed-Statement",
      "Sluice-Final",       "traceparent"};
  out.begin("failure");
  out.text("summary", "What a request failed with");
  write_headers(out, names, std::span{names}.first(2));
  write_reference(out, "payload", reference("components/schemas", "failure"));
  out.end();
}

void write_failure_schema(yaml_writer& out) {
  auto codes = std::vector<std::string_view>{};
  for (auto i = 0; i < static_cast<int>(codec::error_code::count_); ++i)
    codes.push_back(codec::name(static_cast<codec::error_code>(i)));
  out.begin("failure");
  out.lines("type: object\n"
            "required: [success, error, code, retryable]\n");
  out.begin("properties");
  out.lines("success:\n"
            "  type: boolean\n"
            "  const: false\n"
            "error:\n"
            "  description: What is wrong, in words.\n"
            "  type: string\n");
  out.begin("code");
  out.text("description", describe_codes());
  out.text("type", "string");
  out.texts("enum", codes);
  out.end();
  out.lines("retryable:\n"
            "  description: The same request may succeed later.\n"
            "  type: boolean\n");
  out.end();
  out.end();
}

void write_components(yaml_writer& out, const api_options& options) {
  out.begin("components");
  out.begin("parameters");
  out.begin("db");
  out.text("description", database_name_rule);
  out.end();
  out.end();
  out.begin("operationTraits");
  out.begin("queued");
  out.begin("bindings");
  out.begin("nats");
  out.text("queue", options.queue_group);
  out.end();
  out.end();
  out.end();
  out.end();
  out.begin("messages");
  for (const auto& row : endpoints())
    write_messages_of(out, row);
  write_failure(out);
  out.end();
  out.begin("schemas");
  write_failure_schema(out);
  out.lines(api_schemas());
  for (const auto& row : declared_rows())
    write_object_schema(out, row.name, row.columns, object_place::inside);
  out.lines(api_headers());
  out.end();
  out.end();
}

} // namespace

std::string api_document(const api_options& options) {
  auto out = yaml_writer{};
  out.comment(
      "Every request that Sluice serves. Printed by `sluice api` out of "
      "what the");
  out.comment("program is made of: do not edit.");
  write_info(out, options);
  write_channels(out, options);
  out.begin("operations");
  for (const auto& row : endpoints())
    write_operation(out, row);
  out.end();
  write_components(out, options);
  return out.take();
}

} // namespace sluice::services
