#include "services/field.hpp"

#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace sluice::services {

namespace {

constexpr auto local_part_bytes_max = std::size_t{64};
constexpr auto label_bytes_max = std::size_t{63};

std::unexpected<codec::error> bad(std::string message) {
  return codec::fail(codec::error_code::bad_request, std::move(message));
}

/// What is around an object: the list that it is an element of, and which, for
/// messages.
struct surroundings {
  const field_limits& limits;
  std::string_view list = {};
  std::size_t index = 0;
};

/// Where a field stands, for messages: worded only where one is needed.
struct place {
  const field& rule;
  const surroundings& around;

  [[nodiscard]] std::string words() const {
    auto result = std::string{"the field '"};
    if (!around.list.empty())
      result.append(around.list)
          .append("[" + std::to_string(around.index) + "].");
    return result.append(rule.name).append("'");
  }
};

std::string range_words(const field_bounds& bounds, std::string_view unit) {
  if (bounds.max == INT64_MAX)
    return std::to_string(bounds.min) + " or more" + std::string{unit};
  return std::to_string(bounds.min) + " to " + std::to_string(bounds.max)
         + std::string{unit};
}

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_label_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= label_bytes_max
         && label.front() != '-' && label.back() != '-'
         && std::ranges::all_of(label, is_label_character);
}

bool is_local_character(char c) noexcept {
  const auto code = static_cast<unsigned char>(c);
  return code > ' ' && code != 0x7f
         && !std::string_view{"@\"(),:;<>[\\]"}.contains(c);
}

bool is_local_part(std::string_view local) noexcept {
  return !local.empty() && local.size() <= local_part_bytes_max
         && local.front() != '.' && local.back() != '.' && !local.contains("..")
         && std::ranges::all_of(local, is_local_character);
}

std::unexpected<codec::error> wrong_type(const place& where,
                                         std::string_view expected,
                                         const codec::field_value& actual) {
  return bad(where.words() + " must be " + std::string{expected} + ", not "
             + std::string{codec::type_name(actual)});
}

/// The bounds that hold, be they a setting's or not.
field_bounds bounds_of(const place& where) noexcept {
  auto result = where.rule.bounds;
  if (where.rule.limit != nullptr)
    result.max = where.around.limits.*where.rule.limit;
  return result;
}

codec::result<codec::value> check_text(const place& where, std::string&& text) {
  const auto bounds = bounds_of(where);
  const auto min = bounds.min;
  if (std::cmp_less(text.size(), min)
      || std::cmp_greater(text.size(), bounds.max)) {
    auto message = where.words() + " must have " + range_words(bounds, " bytes")
                   + ", not " + std::to_string(text.size());
    if (where.rule.limit != nullptr)
      message.append(" (").append(where.rule.setting).append(")");
    return bad(std::move(message));
  }
  if (text.contains('\0'))
    return bad(where.words() + " contains a NUL character");
  if (min > 0 && trimmed(text).empty())
    return bad(where.words() + " must not be blank");
  // In place, or GCC 12 warns of freeing a temporary that is not there.
  return codec::result<codec::value>{
      std::in_place, std::in_place_type<std::string>, std::move(text)};
}

codec::result<codec::value> check_email(const place& where,
                                        std::string_view text) {
  const auto address = trimmed(text);
  if (std::cmp_greater(address.size(), where.rule.bounds.max))
    return bad(where.words() + " must have at most "
               + std::to_string(where.rule.bounds.max) + " bytes, not "
               + std::to_string(address.size()));
  if (!is_email(address))
    return bad(where.words()
               + " must be an e-mail address, such as ann@example.org");
  return codec::result<codec::value>{std::in_place,
                                     std::in_place_type<std::string>, address};
}

codec::result<codec::value> check_integer(const place& where,
                                          const codec::field_value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto& [min, max] = where.rule.bounds;
  if (number == nullptr && !std::holds_alternative<double>(value))
    return wrong_type(where, "an integer", value);
  if (number == nullptr || *number < min || *number > max)
    return bad(where.words() + " must be an integer, "
               + range_words(where.rule.bounds, ""));
  return codec::value{*number};
}

codec::result<codec::value> check_value(const place& where,
                                        codec::field_value&& value) {
  switch (where.rule.type) {
  case field_type::text:
    if (auto* text = std::get_if<std::string>(&value))
      return check_text(where, std::move(*text));
    return wrong_type(where, "a string", value);
  case field_type::email:
    if (const auto* text = std::get_if<std::string>(&value))
      return check_email(where, *text);
    return wrong_type(where, "a string", value);
  case field_type::url:
    if (auto* text = std::get_if<std::string>(&value)) {
      if (!is_web_address(*text))
        return bad(where.words()
                   + " must be a URL that begins with http:// or https://, "
                     "without blanks");
      return check_text(where, std::move(*text));
    }
    return wrong_type(where, "a string", value);
  case field_type::integer:
    return check_integer(where, value);
  case field_type::boolean:
  case field_type::flag:
    if (const auto* truth = std::get_if<bool>(&value))
      return codec::value{std::int64_t{*truth ? 1 : 0}};
    return wrong_type(where, "a boolean", value);
  case field_type::list:
    break;
  }
  return wrong_type(where, "an array of objects", value);
}

codec::result<arguments> check_object(std::span<const field> fields,
                                      codec::request_object&& object,
                                      const surroundings& around);

/// Writes a value as JSON, as statements read it.
struct value_writer {
  codec::json_writer& out;
  void operator()(std::monostate) const {
    out.null();
  }
  void operator()(std::int64_t x) const {
    out.integer(x);
  }
  void operator()(double x) const {
    out.real(x);
  }
  void operator()(const std::string& x) const {
    out.text(x);
  }
  void operator()(const codec::blob&) const {
    // No field is one.
    out.null();
  }
};

std::string as_json(std::span<const field> fields,
                    const std::vector<arguments>& elements) {
  auto out = codec::json_writer{};
  out.begin_array();
  for (const auto& element : elements) {
    out.begin_object();
    for (auto i = std::size_t{0}; i < fields.size(); ++i) {
      out.key(fields[i].name);
      std::visit(value_writer{out}, element[i].value);
    }
    out.end_object();
  }
  out.end_array();
  return out.take();
}

codec::result<argument> check_list(const place& where,
                                   codec::object_list&& objects) {
  const auto& [min, max] = where.rule.bounds;
  if (std::cmp_less(objects.size(), min)
      || std::cmp_greater(objects.size(), max))
    return bad(where.words() + " must have "
               + range_words(where.rule.bounds, " elements") + ", not "
               + std::to_string(objects.size()));
  auto result = argument{.is_present = true, .value = {}};
  result.elements.reserve(objects.size());
  for (auto& object : objects) {
    auto checked = check_object(
        where.rule.element, std::move(object),
        {where.around.limits, where.rule.name, result.elements.size()});
    if (!checked)
      return std::unexpected{std::move(checked.error())};
    result.elements.push_back(std::move(*checked));
  }
  result.value.emplace<std::string>(
      as_json(where.rule.element, result.elements));
  return result;
}

/// What holds for a field that the request does not have.
codec::result<argument> missing(const place& where) {
  const auto& rule = where.rule;
  if (rule.is_required)
    return bad(where.words() + " is missing");
  if (rule.type == field_type::flag)
    return argument{.is_present = false, .value = std::int64_t{0}};
  if (rule.has_default)
    return argument{.is_present = false, .value = rule.default_value};
  return argument{};
}

codec::result<argument> check_member(const place& where,
                                     codec::field_value&& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    switch (where.rule.null) {
    case null_rule::absent:
      return missing(where);
    case null_rule::refused:
      return bad(where.words() + " must not be null");
    case null_rule::clears:
      return argument{.is_present = true, .value = {}};
    }
  }
  if (where.rule.type == field_type::list)
    if (auto* objects = std::get_if<codec::object_list>(&value))
      return check_list(where, std::move(*objects));
  auto checked = check_value(where, std::move(value));
  if (!checked)
    return std::unexpected{std::move(checked.error())};
  return argument{.is_present = true, .value = std::move(*checked)};
}

std::unexpected<codec::error> unknown_field(std::span<const field> fields,
                                            std::string_view name,
                                            const surroundings& around) {
  auto message = std::string{"unknown field '"};
  if (!around.list.empty())
    message.append(around.list)
        .append("[" + std::to_string(around.index) + "].");
  message.append(codec::abbreviate(name))
      .append(fields.empty() ? "'; the request has none" : "'; known are ");
  for (const auto& each : fields)
    message.append(&each == fields.data() ? "" : ", ").append(each.name);
  return bad(std::move(message));
}

codec::result<arguments> check_object(std::span<const field> fields,
                                      codec::request_object&& object,
                                      const surroundings& around) {
  auto result = arguments(fields.size());
  auto seen = std::size_t{0};
  for (auto i = std::size_t{0}; i < fields.size(); ++i) {
    const auto where = place{fields[i], around};
    const auto found = std::ranges::find(
        object.members, fields[i].name,
        [](const auto& member) { return std::string_view{member.first}; });
    const auto is_there = found != object.members.end();
    seen += is_there ? 1 : 0;
    auto checked = is_there ? check_member(where, std::move(found->second))
                            : missing(where);
    if (!checked)
      return std::unexpected{std::move(checked.error())};
    result[i] = std::move(*checked);
  }
  if (seen == object.members.size())
    return result;
  const auto unknown
      = std::ranges::find_if(object.members, [fields](const auto& member) {
          return std::ranges::find(fields, std::string_view{member.first},
                                   &field::name)
                 == fields.end();
        });
  return unknown_field(fields, unknown->first, around);
}

} // namespace

bool is_web_address(std::string_view text) noexcept {
  const auto is_scheme = [text](std::string_view scheme) {
    return text.size() > scheme.size()
           && std::ranges::equal(
               text.substr(0, scheme.size()), scheme, {}, [](char c) {
                 return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a')
                                             : c;
               });
  };
  // A form that was left empty.
  if (text.empty())
    return true;
  return (is_scheme("http://") || is_scheme("https://"))
         && std::ranges::none_of(text, [](char c) {
              const auto code = static_cast<unsigned char>(c);
              return code <= ' ' || code == 0x7f;
            });
}

bool is_email(std::string_view text) noexcept {
  const auto at = text.find('@');
  if (at == std::string_view::npos || !is_local_part(text.substr(0, at)))
    return false;
  auto domain = text.substr(at + 1);
  auto labels = 0;
  while (true) {
    const auto dot = domain.find('.');
    if (!is_label(domain.substr(0, dot)))
      return false;
    ++labels;
    if (dot == std::string_view::npos)
      return labels >= 2;
    domain.remove_prefix(dot + 1);
  }
}

codec::result<arguments> check_fields(std::span<const field> fields,
                                      codec::request_object&& object,
                                      const field_limits& limits) {
  return check_object(fields, std::move(object), {.limits = limits});
}

} // namespace sluice::services
