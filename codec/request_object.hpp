#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What clients send to the services: an object of named values, as it was
/// written, so that each field can be checked against what it may be.
namespace sluice::codec {

struct request_object;

/// An array whose elements are all objects.
using object_list = std::vector<request_object>;

/// A value that no field takes: only its type is known, in words.
struct other_json {
  std::string_view type;
  bool operator==(const other_json&) const = default;
};

using field_value = std::variant<std::monostate, bool, std::int64_t, double,
                                 std::string, object_list, other_json>;

/// The members in the order of the request, each name once.
struct request_object {
  std::vector<std::pair<std::string, field_value>> members;

  [[nodiscard]] const field_value* find(std::string_view name) const noexcept;
};

/// "a string", "an array", … for messages.
[[nodiscard]] std::string_view type_name(const field_value& value) noexcept;

} // namespace sluice::codec
