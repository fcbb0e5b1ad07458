#include "codec/json_members.hpp"
#include "codec/json_value.hpp"

#include <iterator>
#include <string>
#include <utility>
#include <variant>

/// Objects as the services take them: with the type of each value as it was
/// written.
namespace sluice::codec::json {

namespace {

/// An array of objects; of anything else, only that it is an array.
result<field_value> read_objects(ondemand::array in, const place& where,
                                 const decode_limits& limits) {
  auto objects = object_list{};
  for (auto element : in) {
    auto item = ondemand::value{};
    if (const auto problem = element.get(item))
      return not_json(problem);
    auto type = ondemand::json_type{};
    if (const auto problem = item.type().get(type))
      return not_json(problem);
    auto inner = where;
    inner.field = where.member;
    inner.member = {};
    inner.parameter = std::ssize(objects);
    if (type != ondemand::json_type::object)
      return field_value{other_json{type_name(ondemand::json_type::array)}};
    if (limits.batch_statements_max != 0
        && objects.size() >= limits.batch_statements_max)
      return fail(error_code::too_large,
                  where.words() + " has more than limits.batch_statements_max ("
                      + std::to_string(limits.batch_statements_max)
                      + ") elements");
    auto object = ondemand::object{};
    if (const auto problem = item.get_object().get(object))
      return not_json(problem);
    auto read = read_object(object, inner, limits);
    if (!read)
      return std::unexpected{std::move(read.error())};
    objects.push_back(std::move(*read));
  }
  return field_value{std::move(objects)};
}

result<field_value> read_field(ondemand::value in, const place& where,
                               const decode_limits& limits) {
  auto type = ondemand::json_type{};
  if (const auto problem = in.type().get(type))
    return not_json(problem);
  // Lists do not nest.
  if (type == ondemand::json_type::array && where.parameter < 0) {
    auto array = ondemand::array{};
    if (const auto problem = in.get_array().get(array))
      return not_json(problem);
    return read_objects(array, where, limits);
  }
  if (type == ondemand::json_type::array || type == ondemand::json_type::object)
    return field_value{other_json{type_name(type)}};
  if (type == ondemand::json_type::boolean) {
    auto truth = false;
    if (in.get_bool().get(truth) != simdjson::SUCCESS)
      return not_json(simdjson::T_ATOM_ERROR);
    return field_value{truth};
  }
  auto read = read_value(in, where, limits);
  if (!read)
    return std::unexpected{std::move(read.error())};
  if (auto* text = std::get_if<std::string>(&*read))
    return result<field_value>{std::in_place, std::in_place_type<std::string>,
                               std::move(*text)};
  if (const auto* integer = std::get_if<std::int64_t>(&*read))
    return field_value{*integer};
  if (const auto* real = std::get_if<double>(&*read))
    return field_value{*real};
  return field_value{};
}

} // namespace

result<request_object> read_object(ondemand::object in, const place& where,
                                   const decode_limits& limits) {
  auto members = read_members<decltype(request_object::members)>(
      in, where, limits, read_field);
  if (!members)
    return std::unexpected{std::move(members.error())};
  return request_object{std::move(*members)};
}

} // namespace sluice::codec::json
