#pragma once

#include "codec/yaml_writer.hpp"
#include "services/service.hpp"

#include <span>
#include <string_view>
#include <vector>

/// Declarations as JSON Schema, the parts of an AsyncAPI document.
namespace sluice::services {

/// What a request of a service may hold, as the mapping `key`.
void write_request_schema(codec::yaml_writer& out, std::string_view key,
                          const operation& declared);

/// The same of fields without an operation.
void write_fields_schema(codec::yaml_writer& out, std::string_view key,
                         std::span<const field> fields);

/// What a service replies, as the mapping `key`: as its steps, rows and members
/// have it.
void write_reply_schema(codec::yaml_writer& out, std::string_view key,
                        const operation& declared);

/// An object of a reply; with `success` where it is a whole one.
enum class object_place : std::uint8_t { reply, inside };
void write_object_schema(codec::yaml_writer& out, std::string_view key,
                         std::span<const reply_member> members,
                         object_place place);

/// The same as members of what has begun.
void write_object(codec::yaml_writer& out,
                  std::span<const reply_member> members, object_place place);

/// A member `key` that is but a reference.
void write_reference(codec::yaml_writer& out, std::string_view key,
                     std::string_view where);

/// Every row that some operation has, by its name, once.
[[nodiscard]] std::vector<reply_row> declared_rows();

} // namespace sluice::services
