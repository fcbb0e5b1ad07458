#pragma once

#include "codec/error.hpp"
#include "codec/request_object.hpp"
#include "codec/value.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// The fields of a service's request: what they may hold, as a table.
namespace sluice::services {

enum class field_type : std::uint8_t {
  text,
  email,   ///< Trimmed; the form of an e-mail address.
  url,     ///< http:// or https://, without blanks.
  integer, ///< A number without fraction.
  boolean,
  flag, ///< A boolean that is false where it is missing.
  list, ///< An array of objects.
};

/// What a field makes of `null`.
enum class null_rule : std::uint8_t {
  absent,  ///< As if the field were not there.
  refused, ///< `bad_request`.
  clears,  ///< It is stored.
};

/// Both included: bytes of a text, the value of an integer, elements of a list.
struct field_bounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

/// Bounds of fields that are settings.
struct field_limits {
  std::int64_t post_content_bytes_max = 1'000'000;
};

/// One field and its rules. Made by the functions below, e.g.
/// `text_field("name", {1, 200}).required()`.
struct field {
  std::string_view name;
  field_type type = field_type::text;
  field_bounds bounds;
  /// The bound above is this setting's default.
  std::int64_t field_limits::* limit = nullptr;
  /// Its name.
  std::string_view setting = {};
  null_rule null = null_rule::absent;
  bool is_required = false;
  bool has_default = false;
  std::int64_t default_value = 0;
  /// The fields of each element of a list.
  std::span<const field> element = {};

  [[nodiscard]] consteval field required() const {
    auto result = *this;
    result.is_required = true;
    return result;
  }
  /// What holds where it is missing.
  [[nodiscard]] consteval field or_else(std::int64_t value) const {
    auto result = *this;
    result.has_default = true;
    result.default_value = value;
    return result;
  }
  /// A setting bounds it.
  [[nodiscard]] consteval field bounded_by(std::int64_t field_limits::* member,
                                           std::string_view key) const {
    auto result = *this;
    result.limit = member;
    result.setting = key;
    return result;
  }
  /// `null` is stored as NULL.
  [[nodiscard]] consteval field nullable() const {
    auto result = *this;
    result.null = null_rule::clears;
    return result;
  }
  /// `null` is refused, where leaving the field out means something else.
  [[nodiscard]] consteval field not_null() const {
    auto result = *this;
    result.null = null_rule::refused;
    return result;
  }
};

[[nodiscard]] consteval field text_field(std::string_view name,
                                         field_bounds bytes) {
  return {.name = name, .type = field_type::text, .bounds = bytes};
}
[[nodiscard]] consteval field email_field(std::string_view name) {
  return {.name = name, .type = field_type::email, .bounds = {3, 254}};
}
[[nodiscard]] consteval field url_field(std::string_view name,
                                        field_bounds bytes) {
  return {.name = name, .type = field_type::url, .bounds = bytes};
}
[[nodiscard]] consteval field integer_field(std::string_view name,
                                            field_bounds values) {
  return {.name = name, .type = field_type::integer, .bounds = values};
}
/// The id of a row: from 1.
[[nodiscard]] consteval field id_field(std::string_view name) {
  return integer_field(name, {1, INT64_MAX});
}
[[nodiscard]] consteval field boolean_field(std::string_view name) {
  return {.name = name, .type = field_type::boolean, .bounds = {0, 1}};
}
[[nodiscard]] consteval field flag_field(std::string_view name) {
  return {.name = name, .type = field_type::flag, .bounds = {0, 1}};
}
[[nodiscard]] consteval field list_field(std::string_view name,
                                         std::span<const field> element,
                                         field_bounds count) {
  return {.name = name,
          .type = field_type::list,
          .bounds = count,
          .element = element};
}

/// `limit` of a list: 1 to 100.
[[nodiscard]] consteval field limit_field(std::int64_t otherwise) {
  return integer_field("limit", {1, 100}).or_else(otherwise);
}
[[nodiscard]] consteval field offset_field() {
  return integer_field("offset", {0, INT64_MAX}).or_else(0);
}

/// What a request has for one field.
struct argument {
  bool is_present = false;
  /// NULL where it is missing; of a list, JSON: an array of objects.
  codec::value value;
  /// Of a list: the arguments of each element.
  std::vector<std::vector<argument>> elements = {};
};

/// In the order of the fields.
using arguments = std::vector<argument>;

/// Checks an object against its fields. `bad_request` names the field and the
/// rule. Moves the texts out of the object.
[[nodiscard]] codec::result<arguments>
check_fields(std::span<const field> fields, codec::request_object&& object,
             const field_limits& limits = {});

/// Whether a browser may be given it as the address of a picture: http:// or
/// https://, something behind it, and neither blanks nor control characters.
/// None at all is one, too.
[[nodiscard]] bool is_web_address(std::string_view text) noexcept;

/// Whether a text, without blanks around it, has the form of an e-mail address:
/// a local part without blanks, quotes and control characters, `@`, and a
/// domain of at least two labels.
[[nodiscard]] bool is_email(std::string_view text) noexcept;

} // namespace sluice::services
