#include "config/setting_value.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace sluice::config {

namespace {

/// 4096 as "4096", 65536 as "65_536": long numbers are read in groups.
std::string grouped(std::uint64_t number) {
  auto result = std::to_string(number);
  if (number < 10'000)
    return result;
  for (auto i = result.size(); i > 3; i -= 3)
    result.insert(i - 3, 1, '_');
  return result;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether it reads as a whole number: an optional sign, digits, and single
/// underscores between digits.
bool is_whole_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())
      || text.find("__") != text.npos)
    return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_digit(c) || c == '_'; });
}

/// The number, or nothing where it is negative or too large for the type.
std::optional<std::uint64_t> number_of(std::string_view text) {
  auto digits = std::string{};
  std::ranges::remove_copy(text, std::back_inserter(digits), '_');
  if (digits.starts_with('+'))
    digits.erase(0, 1);
  auto result = std::uint64_t{0};
  const auto* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, result);
  if (problem != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

std::unexpected<std::string> refuse(const setting& row, std::string_view text,
                                    std::string_view why) {
  auto message = row.is_secret ? std::string{hidden_value}
                               : "\"" + std::string{text} + "\"";
  message.append(" ").append(why).append("; allowed: ");
  return std::unexpected{message + allowed_values(row)};
}

std::expected<void, std::string>
assign_number(const setting& row, settings& target, std::string_view text) {
  if (!is_whole_number(text))
    return refuse(row, text, "is not a whole number");
  const auto value = number_of(text);
  if (!value || *value < row.min || *value > row.max)
    return refuse(row, text, "is out of range");
  row.assign_number(target, *value);
  return {};
}

std::expected<void, std::string>
assign_boolean(const setting& row, settings& target, std::string_view text) {
  if (text != "true" && text != "false")
    return refuse(row, text, "is neither true nor false");
  row.assign_number(target, text == "true" ? 1 : 0);
  return {};
}

std::expected<void, std::string>
assign_choice(const setting& row, settings& target, std::string_view text) {
  const auto found = std::ranges::find(row.choices, text);
  if (found == row.choices.end())
    return refuse(row, text, "is not a choice");
  row.assign_number(target,
                    static_cast<std::uint64_t>(found - row.choices.begin()));
  return {};
}

/// Replaces what stands before the @ of each address in a list of them.
std::string without_credentials(std::string_view urls) {
  auto result = std::string{};
  while (!urls.empty()) {
    auto url = urls.substr(0, urls.find(','));
    urls.remove_prefix(std::min(urls.size(), url.size() + 1));
    const auto at = url.rfind('@');
    if (at != url.npos) {
      const auto scheme = url.find("://");
      if (scheme != url.npos && scheme < at)
        result.append(url.substr(0, scheme + 3));
      result.append(hidden_value);
      url.remove_prefix(at);
    }
    result.append(url).append(urls.empty() ? "" : ",");
  }
  return result;
}

} // namespace

std::expected<void, std::string> assign(const setting& row, settings& target,
                                        std::string_view text) {
  switch (row.type) {
  case setting_type::boolean:
    return assign_boolean(row, target, text);
  case setting_type::number:
    return assign_number(row, target, text);
  case setting_type::choice:
    return assign_choice(row, target, text);
  case setting_type::text:
    break;
  }
  // No C library behind a setting takes it any further than a NUL.
  if (text.find('\0') != text.npos)
    return refuse(row, {}, "holds a NUL");
  row.assign_text(target, std::string{text});
  return {};
}

std::string allowed_values(const setting& row) {
  switch (row.type) {
  case setting_type::boolean:
    return "true or false";
  case setting_type::number:
    return grouped(row.min) + " to " + grouped(row.max);
  case setting_type::text:
    return "text";
  case setting_type::choice:
    break;
  }
  auto result = std::string{};
  for (auto i = std::size_t{0}; i < row.choices.size(); ++i) {
    if (i > 0)
      result.append(i + 1 == row.choices.size() ? " or " : ", ");
    result.append(row.choices[i]);
  }
  return result;
}

std::string toml_string(std::string_view text) {
  static constexpr auto hex = std::string_view{"0123456789abcdef"};
  auto result = std::string{'"'};
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result.append({'\\', c});
    else if (byte < 0x20 || byte == 0x7f)
      result.append("\\u00").append({hex[byte >> 4], hex[byte & 15]});
    else
      result.push_back(c);
  }
  return result + '"';
}

std::string toml_value(const setting& row, const settings& source) {
  switch (row.type) {
  case setting_type::boolean:
    return row.number(source) != 0 ? "true" : "false";
  case setting_type::number:
    return grouped(row.number(source));
  case setting_type::choice:
    return toml_string(row.choices[row.number(source)]);
  case setting_type::text:
    break;
  }
  return toml_string(row.text(source));
}

std::string shown_value(const setting& row, const settings& source) {
  if (row.type != setting_type::text)
    return toml_value(row, source);
  if (row.is_secret && !row.text(source).empty())
    return toml_string(hidden_value);
  if (row.key == "nats.url")
    return toml_string(without_credentials(row.text(source)));
  return toml_value(row, source);
}

} // namespace sluice::config
