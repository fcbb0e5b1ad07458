#include "codec/bookmark.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::codec {

namespace {

constexpr auto number_digits = std::size_t{16};
constexpr auto uuid_characters = std::size_t{36};
constexpr auto hex_digits = std::string_view{"0123456789abcdef"};

bool is_hex(char c) noexcept {
  return hex_digits.contains(c);
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != uuid_characters)
    return false;
  for (auto i = std::size_t{0}; i < text.size(); ++i) {
    const auto is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_place ? text[i] != '-' : !is_hex(text[i]))
      return false;
  }
  return true;
}

} // namespace

std::string format_bookmark(std::uint64_t commit,
                            std::string_view database_uuid) {
  auto result = std::string(number_digits + 1 + database_uuid.size(), '-');
  for (auto i = number_digits; i-- > 0; commit >>= 4u)
    result[i] = hex_digits[commit & 0xfu];
  std::ranges::copy(database_uuid, result.begin() + number_digits + 1);
  return result;
}

result<read_constraint> parse_read_constraint(std::string_view header) {
  if (header.empty() || header == "first-primary"
      || header == "first-unconstrained")
    return read_constraint{};
  const auto digits = header.substr(0, number_digits);
  const auto is_valid = header.size() == number_digits + 1 + uuid_characters
                        && std::ranges::all_of(digits, is_hex)
                        && header[number_digits] == '-'
                        && is_uuid(header.substr(number_digits + 1));
  if (!is_valid)
    return fail(error_code::bad_request,
                "the header Sluice-Bookmark must be first-primary, "
                "first-unconstrained or a bookmark from an earlier reply");
  auto commit = std::uint64_t{0};
  std::from_chars(digits.data(), digits.data() + digits.size(), commit, 16);
  return read_constraint{commit, std::string{header.substr(number_digits + 1)}};
}

} // namespace sluice::codec
