#include "storage/sql_literal.hpp"

#include "codec/utf8.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace sluice::storage {

namespace {

/// With so many digits a number lies so close to the one that is meant that a
/// reader which is not exact to the last bit finds it, too.
constexpr auto safe_digits = 17;
/// Up to so many the shortest text that reads back is preferred: 0.1, not
/// 0.10000000000000001.
constexpr auto short_digits = std::size_t{15};

std::string quoted(std::string_view text, char quote) {
  auto result = std::string{};
  result.reserve(text.size() + 2);
  result.push_back(quote);
  for (const auto c : text) {
    if (c == quote)
      result.push_back(quote);
    result.push_back(c);
  }
  result.push_back(quote);
  return result;
}

/// What is no INTEGER to SQLite.
std::string as_real(std::string text) {
  if (text.find_first_of(".eE") == std::string::npos)
    text += ".0";
  return text;
}

std::size_t count_digits(std::string_view text) {
  auto result = std::size_t{0};
  for (const auto c : text.substr(0, text.find('e')))
    if (c >= '0' && c <= '9')
      ++result;
  return result;
}

std::string shortest(double x) {
  auto buffer = std::array<char, 32>{};
  const auto end
      = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  return as_real({buffer.data(), end});
}

std::string with_safe_digits(double x) {
  auto buffer = std::array<char, 40>{};
  // 17 digits: one before the point, the others behind it.
  const auto end
      = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                      std::chars_format::scientific, safe_digits - 1)
            .ptr;
  return {buffer.data(), end};
}

/// Equal with the sign of zero.
bool is_same(double a, double b) noexcept {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

} // namespace

bool is_plain_text(std::string_view text) {
  return !text.contains('\0') && codec::is_utf8(text);
}

std::string quoted_name(std::string_view name) {
  return quoted(name, '"');
}

std::string quoted_text(std::string_view text) {
  return quoted(text, '\'');
}

std::string text_expression(std::string_view text) {
  if (!text.contains('\r'))
    return quoted_text(text);
  // Only its first character is a backslash or a parenthesis, so that no other
  // place of the text becomes one.
  auto mark = std::string{"\\r"};
  for (auto number = 0; text.contains(mark); ++number)
    mark = "(\\r" + std::to_string(number) + ")";
  auto marked = std::string{};
  marked.reserve(text.size() + text.size() / 16);
  for (const auto c : text)
    if (c == '\r')
      marked += mark;
    else
      marked.push_back(c);
  return "replace(" + quoted_text(marked) + ",'" + mark + "',char(13))";
}

void append_hexadecimal(std::string& out, std::string_view bytes) {
  static constexpr auto digits = std::string_view{"0123456789ABCDEF"};
  const auto begin = out.size();
  out.resize(begin + 2 * bytes.size());
  auto* to = out.data() + begin;
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = digits[byte >> 4U];
    *to++ = digits[byte & 15U];
  }
}

std::string exact_real_expression(double x) {
  constexpr auto step = 50;
  constexpr auto power = std::string_view{"1125899906842624.0"}; // 2^50
  auto exponent = 0;
  // 53 bits, an integer.
  constexpr auto mantissa_bits = 53;
  const auto mantissa = std::ldexp(std::frexp(x, &exponent), mantissa_bits);
  exponent -= mantissa_bits;
  auto result
      = "(" + std::to_string(static_cast<std::int64_t>(mantissa)) + ".0";
  for (; exponent >= step; exponent -= step)
    result.append("*").append(power);
  for (; exponent <= -step; exponent += step)
    result.append("/").append(power);
  if (exponent != 0) {
    const auto rest = std::int64_t{1} << std::abs(exponent);
    result += (exponent > 0 ? "*" : "/") + std::to_string(rest) + ".0";
  }
  return result + ")";
}

codec::result<literal_writer> literal_writer::make(connection& connection) {
  auto result = literal_writer{};
  result.db_ = connection.handle();
  const auto trusted = authorizer::trust{connection.authorizer()};
  auto tail = std::string_view{};
  auto prepared = statement::prepare(result.db_, "SELECT CAST(?1 AS REAL)",
                                     statement_lifetime::cached, tail);
  if (!prepared)
    return std::unexpected{std::move(prepared.error())};
  result.reader_ = std::move(*prepared);
  return result;
}

bool literal_writer::reads_back(const std::string& text, double x) {
  auto* const handle = reader_.handle();
  if (sqlite3_bind_text(handle, 1, text.data(), static_cast<int>(text.size()),
                        SQLITE_STATIC)
      != SQLITE_OK)
    return false;
  const auto is_there = sqlite3_step(handle) == SQLITE_ROW;
  const auto found = is_there && is_same(sqlite3_column_double(handle, 0), x);
  reader_.reset();
  return found;
}

std::string literal_writer::real(double x) {
  if (std::isinf(x))
    return x > 0 ? "9e999" : "-9e999";
  // SQLite has none.
  if (std::isnan(x))
    return "NULL";
  if (auto text = shortest(x);
      count_digits(text) <= short_digits && reads_back(text, x))
    return text;
  if (auto text = with_safe_digits(x); reads_back(text, x))
    return text;
  return exact_real_expression(x);
}

codec::result<void> literal_writer::append(std::string& out, sqlite3_stmt* row,
                                           int index) {
  switch (sqlite3_column_type(row, index)) {
  case SQLITE_INTEGER:
    out += std::to_string(sqlite3_column_int64(row, index));
    return {};
  case SQLITE_FLOAT:
    out += real(sqlite3_column_double(row, index));
    return {};
  case SQLITE_NULL:
    out += "NULL";
    return {};
  default:
    break;
  }
  const auto is_text = sqlite3_column_type(row, index) == SQLITE_TEXT;
  // A text may hold anything, NUL as well. The value before its bytes: asking
  // for it may change how many there are.
  const auto* data
      = is_text ? reinterpret_cast<const char*>(sqlite3_column_text(row, index))
                : static_cast<const char*>(sqlite3_column_blob(row, index));
  const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(row, index));
  if (data == nullptr && bytes > 0)
    return std::unexpected{last_error(db_)};
  const auto value
      = bytes > 0 ? std::string_view{data, bytes} : std::string_view{};
  if (is_text && is_plain_text(value)) {
    out += text_expression(value);
    return {};
  }
  out += is_text ? "CAST(X'" : "X'";
  append_hexadecimal(out, value);
  out += is_text ? "' AS TEXT)" : "'";
  return {};
}

} // namespace sluice::storage
