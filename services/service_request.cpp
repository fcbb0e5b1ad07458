#include "services/service_request.hpp"

#include "codec/utf8.hpp"

#include <algorithm>
#include <utility>

namespace sluice::services {

namespace {

std::unexpected<codec::error> bad(std::string message) {
  return codec::fail(codec::error_code::bad_request, std::move(message));
}

std::string listed(std::span<const std::string_view> names) {
  auto result = std::string{};
  for (const auto& name : names) {
    if (&name != names.data())
      result += &name == &names.back() ? " and " : ", ";
    result.append("'").append(name).append("'");
  }
  return result;
}

codec::result<void> check_together(const operation& operation,
                                   const service_request& request) {
  const auto count = [&request](std::span<const std::string_view> names) {
    return std::ranges::count_if(
        names, [&request](std::string_view name) { return request.has(name); });
  };
  if (!operation.one_of.empty() && count(operation.one_of) != 1)
    return bad("exactly one of the fields " + listed(operation.one_of)
               + " is needed");
  if (!operation.any_of.empty() && count(operation.any_of) == 0)
    return bad("at least one of the fields " + listed(operation.any_of)
               + " is needed");
  return {};
}

std::string in_words(const codec::value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value))
    return "'" + codec::abbreviate(*text) + "'";
  return "NULL";
}

} // namespace

const argument*
service_request::find(std::string_view field_name) const noexcept {
  const auto fields = operation->fields;
  for (auto i = std::size_t{0}; i < fields.size(); ++i)
    if (fields[i].name == field_name)
      return &arguments[i];
  return nullptr;
}

const codec::value*
service_request::find_value(std::string_view name) const noexcept {
  if (const auto* found = find(name))
    return &found->value;
  for (const auto& [each, value] : extra)
    if (each == name)
      return &value;
  return nullptr;
}

bool service_request::has(std::string_view name) const noexcept {
  const auto fields = operation->fields;
  for (auto i = std::size_t{0}; i < fields.size(); ++i)
    if (fields[i].name == name)
      return fields[i].type == field_type::flag
                 ? arguments[i].value == codec::value{std::int64_t{1}}
                 : arguments[i].is_present;
  return std::ranges::any_of(
      extra, [name](const auto& each) { return each.first == name; });
}

std::int64_t service_request::integer(std::string_view name) const noexcept {
  const auto* value = find_value(name);
  const auto* number
      = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
  return number != nullptr ? *number : 0;
}

std::string_view service_request::text(std::string_view name) const noexcept {
  const auto* value = find_value(name);
  const auto* found
      = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return found != nullptr ? std::string_view{*found} : std::string_view{};
}

codec::result<service_request> decode_service(const operation& operation,
                                              codec::request_object&& object,
                                              const field_limits& limits) {
  auto checked = check_fields(operation.fields, std::move(object), limits);
  if (!checked)
    return std::unexpected{std::move(checked.error())};
  auto result = service_request{&operation, std::move(*checked)};
  if (auto fits = check_together(operation, result); !fits)
    return std::unexpected{std::move(fits.error())};
  if (operation.prepare != nullptr)
    if (auto ready = operation.prepare(result); !ready)
      return std::unexpected{std::move(ready.error())};
  return result;
}

codec::error missing(const missing_row& what, const value_finder& find) {
  // A statement that always has a row, but for what a trigger may do.
  if (what.thing.empty())
    return {codec::error_code::constraint,
            "nothing was written: a trigger has left the row out"};
  auto message = "no " + std::string{what.thing};
  auto joined = std::string_view{" with the "};
  for (const auto field_name : what.fields) {
    const auto* value = field_name.empty() ? nullptr : find(field_name);
    if (value == nullptr || std::holds_alternative<std::monostate>(*value))
      continue;
    // "no user with the id 7", whatever the field is called there.
    const auto noun = field_name.ends_with("_id") ? "id" : field_name;
    message.append(std::exchange(joined, " and the "))
        .append(noun)
        .append(" ")
        .append(in_words(*value));
  }
  return {codec::error_code::not_found, std::move(message)};
}

codec::error missing(const missing_row& what, const service_request& request) {
  return missing(what, [&request](std::string_view name) {
    return request.find_value(name);
  });
}

codec::error worded(const operation& operation, codec::error failure,
                    const value_finder& find) {
  if (failure.violates == codec::constraint_kind::none)
    return failure;
  for (const auto& each : operation.violations)
    if (each.kind == failure.violates
        && (each.columns.empty() || each.columns == failure.columns))
      return each.missing.thing.empty()
                 ? codec::error{failure.code, std::string{each.message}}
                 : missing(each.missing, find);
  return failure;
}

namespace {

/// Of a part's conditions, each of which must hold.
bool holds(std::string_view conditions, const service_request& request) {
  while (!conditions.empty()) {
    const auto end = conditions.find('&');
    auto name = conditions.substr(0, end);
    conditions.remove_prefix(end == std::string_view::npos ? conditions.size()
                                                           : end + 1);
    const auto is_negated = name.starts_with('!');
    name.remove_prefix(is_negated ? 1 : 0);
    if (request.has(name) == is_negated)
      return false;
  }
  return true;
}

} // namespace

std::string_view sql_for(std::string_view sql, const service_request& request,
                         std::string& buffer) {
  auto open = sql.find('[');
  if (open == std::string_view::npos)
    return sql;
  buffer.clear();
  while (open != std::string_view::npos) {
    buffer.append(sql.substr(0, open));
    sql.remove_prefix(open + 1);
    const auto close = sql.find(']');
    const auto part = sql.substr(0, close);
    const auto question = part.find('?');
    if (holds(part.substr(0, question), request))
      buffer.append(part.substr(question + 1));
    sql.remove_prefix(close + 1);
    open = sql.find('[');
  }
  return buffer.append(sql);
}

} // namespace sluice::services
