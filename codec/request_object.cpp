#include "codec/request_object.hpp"

#include <array>

namespace sluice::codec {

const field_value* request_object::find(std::string_view name) const noexcept {
  for (const auto& [each, value] : members)
    if (each == name)
      return &value;
  return nullptr;
}

std::string_view type_name(const field_value& value) noexcept {
  if (const auto* other = std::get_if<other_json>(&value))
    return other->type;
  constexpr auto names = std::array<std::string_view, 6>{
      "null", "a boolean", "a number", "a number", "a string", "an array"};
  return names[value.index()];
}

} // namespace sluice::codec
