#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// What replies hold, as tables: for the description of all requests
/// (api_document.hpp). A test compares them with what is replied.
namespace sluice::services {

enum class member_type : std::uint8_t {
  text,
  time, ///< ISO 8601 in UTC.
  date, ///< "2026-11-24"
  integer,
  number,
  boolean,
  object,
  list, ///< An array of objects.
  rows, ///< An array of the operation's rows.
};

/// One member of an object of a reply. Made by the functions below, e.g.
/// `text_member("bio").nullable()`.
struct reply_member {
  std::string_view name;
  member_type type = member_type::text;
  bool is_nullable = false;
  /// It is not always there.
  bool is_optional = false;
  /// The members of an object, or of each of a list.
  std::span<const reply_member> element = {};

  [[nodiscard]] consteval reply_member nullable() const {
    auto result = *this;
    result.is_nullable = true;
    return result;
  }
  [[nodiscard]] consteval reply_member optional() const {
    auto result = *this;
    result.is_optional = true;
    return result;
  }
};

[[nodiscard]] consteval reply_member text_member(std::string_view name) {
  return {.name = name, .type = member_type::text};
}
[[nodiscard]] consteval reply_member time_member(std::string_view name) {
  return {.name = name, .type = member_type::time};
}
[[nodiscard]] consteval reply_member date_member(std::string_view name) {
  return {.name = name, .type = member_type::date};
}
[[nodiscard]] consteval reply_member integer_member(std::string_view name) {
  return {.name = name, .type = member_type::integer};
}
[[nodiscard]] consteval reply_member number_member(std::string_view name) {
  return {.name = name, .type = member_type::number};
}
[[nodiscard]] consteval reply_member boolean_member(std::string_view name) {
  return {.name = name, .type = member_type::boolean};
}
[[nodiscard]] consteval reply_member
object_member(std::string_view name, std::span<const reply_member> element) {
  return {.name = name, .type = member_type::object, .element = element};
}
[[nodiscard]] consteval reply_member
list_member(std::string_view name, std::span<const reply_member> element) {
  return {.name = name, .type = member_type::list, .element = element};
}
[[nodiscard]] consteval reply_member rows_member(std::string_view name) {
  return {.name = name, .type = member_type::rows};
}

/// The rows of a reply; the name is one in the description, and the same rows
/// have the same name everywhere.
struct reply_row {
  std::string_view name = {};
  std::span<const reply_member> columns = {};
};

/// Columns behind others.
template <std::size_t First, std::size_t Second>
[[nodiscard]] consteval std::array<reply_member, First + Second>
join(const std::array<reply_member, First>& first,
     const std::array<reply_member, Second>& second) {
  auto result = std::array<reply_member, First + Second>{};
  for (auto i = std::size_t{0}; i < First; ++i)
    result[i] = first[i];
  for (auto i = std::size_t{0}; i < Second; ++i)
    result[First + i] = second[i];
  return result;
}

} // namespace sluice::services
