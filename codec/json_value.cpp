#include "codec/json_value.hpp"

#include "codec/base64.hpp"
#include "codec/json_members.hpp"
#include "codec/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

namespace sluice::codec::json {

namespace {

// A character has at most four bytes; one more tells that there is more.
constexpr auto quoted_bytes_max = 4 * (quoted_characters_max + 1);

/// The text of the array or object that begins at the front of `json`.
std::string_view whole_value(std::string_view json) noexcept {
  auto depth = 0;
  auto in_text = false;
  for (auto i = std::size_t{0}; i < json.size(); ++i) {
    const auto c = json[i];
    if (in_text && c == '\\') {
      ++i;
      continue;
    }
    if (c == '"')
      in_text = !in_text;
    if (in_text)
      continue;
    depth += c == '[' || c == '{' ? 1 : 0;
    depth -= c == ']' || c == '}' ? 1 : 0;
    if (depth == 0)
      return json.substr(0, i + 1);
  }
  return json;
}

/// D1's words for a value that SQLite has no type for. `begin` is where it
/// stands in the document, which ends with a NUL: looked at only here, and
/// only as far as the message goes, however large the document is.
std::unexpected<error> unsupported(const place& where, const char* begin) {
  const auto json = std::string_view{begin, strnlen(begin, quoted_bytes_max)};
  return fail(error_code::bad_request, "Type 'object' not supported for value '"
                                           + abbreviate(whole_value(json))
                                           + "' (" + where.words() + ")");
}

std::unexpected<error> too_long(const place& where, std::size_t bytes_max) {
  return fail(error_code::too_large,
              where.words() + " is larger than limits.row_bytes_max ("
                  + std::to_string(bytes_max) + " bytes)");
}

bool skip_digits(std::string_view& text) noexcept {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

bool skip_one_of(std::string_view& text, std::string_view characters) noexcept {
  const auto found = !text.empty() && characters.contains(text.front());
  text.remove_prefix(found ? 1 : 0);
  return found;
}

/// RFC 8259, section 6.
bool is_json_number(std::string_view text) noexcept {
  skip_one_of(text, "-");
  if (text.empty())
    return false;
  if (text.front() == '0')
    text.remove_prefix(1);
  else if (!skip_digits(text))
    return false;
  if (skip_one_of(text, ".") && !skip_digits(text))
    return false;
  if (skip_one_of(text, "eE")) {
    skip_one_of(text, "+-");
    if (!skip_digits(text))
      return false;
  }
  return text.empty();
}

std::string_view trim_end(std::string_view token) noexcept {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

/// simdjson tells a value's type by its first character alone.
bool is_json_scalar(ondemand::json_type type, std::string_view token) noexcept {
  token = trim_end(token);
  switch (type) {
  case ondemand::json_type::null:
    return token == "null";
  case ondemand::json_type::boolean:
    return token == "true" || token == "false";
  case ondemand::json_type::number:
    return is_json_number(token);
  default:
    return true;
  }
}

/// An array or object that is no parameter: because of an element that is not
/// even JSON, or because there is no such type.
std::unexpected<error> refuse_element(ondemand::value element,
                                      const place& where, const char* begin) {
  auto type = ondemand::json_type{};
  if (const auto problem = element.type().get(type))
    return not_json(problem);
  if (!is_json_scalar(type, element.raw_json_token()))
    return not_json(type == ondemand::json_type::number ? simdjson::NUMBER_ERROR
                                                        : simdjson::TAPE_ERROR);
  return unsupported(where, begin);
}

result<value> read_number(ondemand::value in, const place& where) {
  const auto token = trim_end(in.raw_json_token());
  if (!is_json_number(token))
    return not_json(simdjson::NUMBER_ERROR);
  if (token.find_first_of(".eE") == std::string_view::npos) {
    auto integer = std::int64_t{0};
    const auto parsed
        = std::from_chars(token.data(), token.data() + token.size(), integer);
    if (parsed.ec == std::errc{})
      return value{integer};
  }
  auto real = 0.0;
  // It is a number, so that the only thing wrong with it can be its size.
  if (in.get_double().get(real) != simdjson::SUCCESS || !std::isfinite(real))
    return fail(error_code::bad_request,
                where.words() + " is not a finite number");
  return value{real};
}

result<value> read_blob(ondemand::value in, const place& where,
                        const decode_limits& limits) {
  const auto* begin = in.raw_json_token().data();
  auto array = ondemand::array{};
  if (const auto problem = in.get_array().get(array))
    return not_json(problem);
  auto bytes = blob{};
  for (auto element : array) {
    auto item = ondemand::value{};
    if (const auto problem = element.get(item))
      return not_json(problem);
    auto byte = std::uint64_t{0};
    if (item.get_uint64().get(byte) != simdjson::SUCCESS || byte > 255)
      return refuse_element(item, where, begin);
    bytes.bytes.push_back(static_cast<std::byte>(byte));
    if (limits.value_bytes_max != 0
        && bytes.bytes.size() > limits.value_bytes_max)
      return too_long(where, limits.value_bytes_max);
  }
  return value{std::move(bytes)};
}

result<value> read_base64(ondemand::value in, const place& where,
                          const decode_limits& limits) {
  const auto* begin = in.raw_json_token().data();
  auto object = ondemand::object{};
  if (const auto problem = in.get_object().get(object))
    return not_json(problem);
  auto result = std::optional<blob>{};
  for (auto member : object) {
    auto name = std::string_view{};
    if (const auto problem = member.unescaped_key().get(name))
      return not_json(problem);
    if (name != "base64" || result.has_value())
      return unsupported(where, begin);
    auto item = ondemand::value{};
    if (const auto problem = member.value().get(item))
      return not_json(problem);
    auto type = ondemand::json_type{};
    if (const auto problem = item.type().get(type))
      return not_json(problem);
    if (type != ondemand::json_type::string)
      return refuse_element(item, where, begin);
    auto text = std::string_view{};
    if (const auto problem = item.get_string().get(text))
      return not_json(problem);
    auto bytes = base64_decode(text);
    if (!bytes)
      return fail(error_code::bad_request,
                  where.words() + ".base64 is not valid Base64");
    result = blob{std::move(*bytes)};
  }
  if (!result)
    return unsupported(where, begin);
  if (limits.value_bytes_max != 0
      && result->bytes.size() > limits.value_bytes_max)
    return too_long(where, limits.value_bytes_max);
  return value{std::move(*result)};
}

} // namespace

std::string_view type_name(ondemand::json_type type) noexcept {
  switch (type) {
  case ondemand::json_type::array:
    return "an array";
  case ondemand::json_type::object:
    return "an object";
  case ondemand::json_type::number:
    return "a number";
  case ondemand::json_type::string:
    return "a string";
  case ondemand::json_type::boolean:
    return "a boolean";
  default:
    return "null";
  }
}

std::string place::words() const {
  auto result = std::string{};
  if (statement >= 0)
    result = "queries[" + std::to_string(statement) + "]";
  if (!field.empty())
    result += (result.empty() ? "" : ".") + std::string{field};
  if (parameter >= 0)
    result += "[" + std::to_string(parameter) + "]";
  if (!member.empty())
    result += (result.empty() ? "" : ".") + abbreviate(member);
  return result.empty() ? "the request" : result;
}

std::unexpected<error> not_json(simdjson::error_code problem) {
  return fail(error_code::bad_request,
              std::string{"the request is not valid JSON: "}
                  + simdjson::error_message(problem));
}

std::unexpected<error> wrong_type(const place& where, std::string_view expected,
                                  ondemand::json_type actual,
                                  std::string_view token) {
  if (!is_json_scalar(actual, token))
    return not_json(simdjson::TAPE_ERROR);
  return fail(error_code::bad_request, where.words() + " must be "
                                           + std::string{expected} + ", not "
                                           + std::string{type_name(actual)});
}

result<std::string> read_text(ondemand::value in, const place& where) {
  auto type = ondemand::json_type{};
  if (const auto problem = in.type().get(type))
    return not_json(problem);
  if (type != ondemand::json_type::string)
    return wrong_type(where, "a string", type, in.raw_json_token());
  auto text = std::string_view{};
  if (const auto problem = in.get_string().get(text))
    return not_json(problem);
  return std::string{text};
}

result<value> read_value(ondemand::value in, const place& where,
                         const decode_limits& limits) {
  auto type = ondemand::json_type{};
  if (const auto problem = in.type().get(type))
    return not_json(problem);
  switch (type) {
  case ondemand::json_type::null:
    if (!is_json_scalar(type, in.raw_json_token()))
      return not_json(simdjson::N_ATOM_ERROR);
    return value{};
  case ondemand::json_type::boolean: {
    auto truth = false;
    if (in.get_bool().get(truth) != simdjson::SUCCESS)
      return not_json(simdjson::T_ATOM_ERROR);
    return value{std::int64_t{truth ? 1 : 0}};
  }
  case ondemand::json_type::number:
    return read_number(in, where);
  case ondemand::json_type::string: {
    auto text = read_text(in, where);
    if (!text)
      return std::unexpected{std::move(text.error())};
    if (limits.value_bytes_max != 0 && text->size() > limits.value_bytes_max)
      return too_long(where, limits.value_bytes_max);
    // In place, or GCC 12 warns of freeing a temporary that is not there.
    return result<value>{std::in_place, std::in_place_type<std::string>,
                         std::move(*text)};
  }
  case ondemand::json_type::array:
    return read_blob(in, where, limits);
  default:
    return read_base64(in, where, limits);
  }
}

result<named_parameters> read_named(ondemand::object in, const place& where,
                                    const decode_limits& limits) {
  return read_members<named_parameters>(in, where, limits, read_value);
}

result<parameters> read_parameters(ondemand::value in, const place& where,
                                   const decode_limits& limits) {
  auto type = ondemand::json_type{};
  if (const auto problem = in.type().get(type))
    return not_json(problem);
  if (type == ondemand::json_type::null) {
    auto none = read_value(in, where, limits);
    if (!none)
      return std::unexpected{std::move(none.error())};
    return parameters{};
  }
  if (type == ondemand::json_type::object) {
    auto object = ondemand::object{};
    if (const auto problem = in.get_object().get(object))
      return not_json(problem);
    auto named = read_named(object, where, limits);
    if (!named)
      return std::unexpected{std::move(named.error())};
    return parameters{std::move(*named)};
  }
  if (type != ondemand::json_type::array)
    return wrong_type(where, "an array or an object", type,
                      in.raw_json_token());
  auto array = ondemand::array{};
  if (const auto problem = in.get_array().get(array))
    return not_json(problem);
  auto result = positional_parameters{};
  for (auto element : array) {
    auto item = ondemand::value{};
    if (const auto problem = element.get(item))
      return not_json(problem);
    if (limits.parameters_max != 0 && result.size() >= limits.parameters_max)
      return fail(error_code::too_large,
                  where.words() + " has more than limits.parameters_max ("
                      + std::to_string(limits.parameters_max) + ") elements");
    auto inner = where;
    inner.parameter = std::ssize(result);
    auto read = read_value(item, inner, limits);
    if (!read)
      return std::unexpected{std::move(read.error())};
    result.push_back(std::move(*read));
  }
  return parameters{std::move(result)};
}

} // namespace sluice::codec::json
