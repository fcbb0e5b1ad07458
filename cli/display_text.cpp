#include "cli/display_text.hpp"

#include <locale.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cwchar>
#include <optional>

namespace sluice::cli {

namespace {

struct character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 1;
};

/// The first character; nothing where there is none in UTF-8.
std::optional<character> first_character(std::string_view text) {
  const auto byte_at = [text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto lead = byte_at(0);
  if (lead < 0x80)
    return character{lead, 1};
  const auto bytes = lead >= 0xF0 ? 4u : lead >= 0xE0 ? 3u : 2u;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes)
    return std::nullopt;
  auto code_point = lead & (0x7Fu >> bytes);
  for (auto i = std::size_t{1}; i < bytes; ++i) {
    if ((byte_at(i) & 0xC0u) != 0x80u)
      return std::nullopt;
    code_point = (code_point << 6) | (byte_at(i) & 0x3Fu);
  }
  const auto least = bytes == 4 ? 0x10000u : bytes == 3 ? 0x800u : 0x80u;
  if (code_point < least || code_point > 0x10FFFF
      || (code_point >= 0xD800 && code_point <= 0xDFFF))
    return std::nullopt;
  return character{code_point, bytes};
}

/// Controls, line separators and what changes the direction of writing.
bool is_unsafe(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C
         || (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E)
         || (c >= 0x2066 && c <= 0x2069);
}

void append_escape(std::string& out, std::uint32_t c) {
  if (c == '\n' || c == '\r' || c == '\t') {
    out.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    return;
  }
  auto buffer = std::array<char, 16>{};
  std::snprintf(buffer.data(), buffer.size(), c < 0x80 ? "\\x%02x" : "\\u%04x",
                c);
  out.append(buffer.data());
}

/// The C library knows how wide characters are, but tells only in a locale
/// with UTF-8. C.UTF-8 comes with glibc itself.
class utf8_locale {
public:
  utf8_locale() : locale_{newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)} {}

  ~utf8_locale() {
    if (locale_ != nullptr)
      freelocale(locale_);
  }
  utf8_locale(const utf8_locale&) = delete;
  utf8_locale& operator=(const utf8_locale&) = delete;

  [[nodiscard]] std::size_t width_of(std::uint32_t code_point) const {
    if (code_point < 0x7F || locale_ == nullptr)
      return 1;
    const auto before = uselocale(locale_);
    const auto width = ::wcwidth(static_cast<wchar_t>(code_point));
    uselocale(before);
    // The library may be older than the character.
    return width < 0 ? 1 : static_cast<std::size_t>(width);
  }

private:
  locale_t locale_;
};

std::size_t width_of(std::uint32_t code_point) {
  static const auto locale = utf8_locale{};
  return locale.width_of(code_point);
}

} // namespace

std::string printable(std::string_view text) {
  auto out = std::string{};
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = first_character(text);
    if (!c) {
      auto buffer = std::array<char, 8>{};
      std::snprintf(
          buffer.data(), buffer.size(), "\\x%02x",
          static_cast<unsigned>(static_cast<unsigned char>(text.front())));
      out.append(buffer.data());
      text.remove_prefix(1);
      continue;
    }
    if (is_unsafe(c->code_point))
      append_escape(out, c->code_point);
    else
      out.append(text.substr(0, c->bytes));
    text.remove_prefix(c->bytes);
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  auto out = std::string{};
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\n\t"), text.size());
    auto line = text.substr(0, end);
    const auto has_return
        = end < text.size() && text[end] == '\n' && line.ends_with('\r');
    if (has_return)
      line.remove_suffix(1);
    out += printable(line);
    if (has_return)
      out.push_back('\r');
    if (end < text.size())
      out.push_back(text[end]);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  auto result = std::size_t{0};
  while (!text.empty()) {
    const auto c = first_character(text);
    result += c ? width_of(c->code_point) : 1;
    text.remove_prefix(c ? c->bytes : 1);
  }
  return result;
}

std::string cut_to_width(std::string_view text, std::size_t columns_max) {
  if (display_width(text) <= columns_max)
    return std::string{text};
  if (columns_max == 0)
    return {};
  auto width = std::size_t{0};
  auto bytes = std::size_t{0};
  while (bytes < text.size()) {
    const auto c = first_character(text.substr(bytes));
    width += c ? width_of(c->code_point) : 1;
    if (width > columns_max - 1)
      break;
    bytes += c ? c->bytes : 1;
  }
  return std::string{text.substr(0, bytes)} + "…";
}

} // namespace sluice::cli
