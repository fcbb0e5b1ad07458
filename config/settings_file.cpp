#include "config/settings_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace sluice::config {

namespace {

template <class T>
using parsed = std::expected<T, std::string>;

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto push = [&out](std::uint32_t byte) {
    out.push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xC0 | (code_point >> 6));
    push(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    push(0xE0 | (code_point >> 12));
    push(0x80 | ((code_point >> 6) & 0x3F));
    push(0x80 | (code_point & 0x3F));
  } else {
    push(0xF0 | (code_point >> 18));
    push(0x80 | ((code_point >> 12) & 0x3F));
    push(0x80 | ((code_point >> 6) & 0x3F));
    push(0x80 | (code_point & 0x3F));
  }
}

/// Reads one line of the file, from left to right.
class line_reader {
public:
  explicit line_reader(std::string_view line) : rest_{line} {}

  void skip_space() {
    const auto found = rest_.find_first_not_of(" \t");
    rest_.remove_prefix(std::min(found, rest_.size()));
  }

  /// Takes `c` if it is next.
  bool take(char c) {
    if (!rest_.starts_with(c))
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Whether nothing or only a comment is left.
  bool at_end() {
    skip_space();
    return rest_.empty() || rest_.front() == '#';
  }

  /// `a`, `a.b`, `"a".b`
  parsed<std::string> read_key() {
    auto result = std::string{};
    while (true) {
      skip_space();
      auto part = read_key_part();
      if (!part)
        return part;
      result += *part;
      skip_space();
      if (!take('.'))
        return result;
      result += '.';
    }
  }

  parsed<file_entry> read_value() {
    skip_space();
    if (rest_.starts_with("\"\"\"") || rest_.starts_with("'''"))
      return std::unexpected{"a text must stand on one line"};
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      auto text = read_quoted();
      if (!text)
        return std::unexpected{std::move(text.error())};
      return file_entry{{}, std::move(*text), value_kind::text};
    }
    const auto word = rest_.substr(0, rest_.find_first_of(" \t#"));
    rest_.remove_prefix(word.size());
    return read_word(word);
  }

private:
  parsed<std::string> read_key_part() {
    if (rest_.starts_with('"') || rest_.starts_with('\''))
      return read_quoted();
    const auto end = std::ranges::find_if_not(rest_, is_bare);
    const auto part
        = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (part.empty())
      return std::unexpected{"expected `key = value`, or `[section]`"};
    rest_.remove_prefix(part.size());
    return std::string{part};
  }

  static parsed<file_entry> read_word(std::string_view word) {
    if (word == "true" || word == "false")
      return file_entry{{}, std::string{word}, value_kind::boolean};
    const auto is_number = word.find_first_not_of("+-_0123456789") == word.npos
                           && word.find_first_of("0123456789") != word.npos;
    if (is_number)
      return file_entry{{}, std::string{word}, value_kind::number};
    return std::unexpected{"expected a value after `=`: a text in quotes, a "
                           "whole number, true or false"};
  }

  /// Both kinds of quotes; only in the double ones a backslash means anything.
  parsed<std::string> read_quoted() {
    const auto quote = rest_.front();
    rest_.remove_prefix(1);
    auto result = std::string{};
    while (!rest_.empty() && rest_.front() != quote) {
      const auto c = rest_.front();
      rest_.remove_prefix(1);
      if (c != '\\' || quote == '\'') {
        result.push_back(c);
        continue;
      }
      if (!read_escape(result))
        return std::unexpected{"a backslash in a text in double quotes "
                               "must be followed by one of \" \\ b t n f r "
                               "uXXXX UXXXXXXXX; single quotes take "
                               "backslashes as they are"};
    }
    if (!take(quote))
      return std::unexpected{std::string{"the closing "} + quote
                             + " is missing"};
    return result;
  }

  bool read_escape(std::string& out) {
    static constexpr auto plain
        = std::to_array<std::pair<char, char>>({{'"', '"'},
                                                {'\\', '\\'},
                                                {'b', '\b'},
                                                {'t', '\t'},
                                                {'n', '\n'},
                                                {'f', '\f'},
                                                {'r', '\r'}});
    if (rest_.empty())
      return false;
    const auto c = rest_.front();
    rest_.remove_prefix(1);
    const auto* found
        = std::ranges::find(plain, c, &std::pair<char, char>::first);
    if (found != plain.end()) {
      out.push_back(found->second);
      return true;
    }
    if (c == 'u')
      return read_code_point(out, 4);
    return c == 'U' && read_code_point(out, 8);
  }

  bool read_code_point(std::string& out, std::size_t digits) {
    if (rest_.size() < digits)
      return false;
    auto code_point = std::uint32_t{0};
    const auto* const begin = rest_.data();
    const auto* const end = begin + digits;
    const auto [stop, problem] = std::from_chars(begin, end, code_point, 16);
    if (problem != std::errc{} || stop != end || code_point > 0x10FFFF
        || (code_point >= 0xD800 && code_point <= 0xDFFF))
      return false;
    rest_.remove_prefix(digits);
    append_utf8(out, code_point);
    return true;
  }

  std::string_view rest_;
};

/// Gathers entries and remembers what was there before.
class file_reader {
public:
  parsed<void> read_line(std::string_view text, std::size_t line) {
    auto reader = line_reader{text};
    if (reader.at_end())
      return {};
    auto read = reader.take('[') ? read_section(reader, line)
                                 : read_entry(reader, line);
    if (read && !reader.at_end())
      return std::unexpected{"there is something behind what was expected"};
    return read;
  }

  std::vector<file_entry> take() {
    return std::move(entries_);
  }

private:
  parsed<void> read_section(line_reader& reader, std::size_t line) {
    auto key = reader.read_key();
    if (!key || !reader.take(']'))
      return std::unexpected{"expected a section like `[nats]`"};
    const auto [place, is_new] = sections_.emplace(*key, line);
    if (!is_new)
      return std::unexpected{"the section [" + *key
                             + "] is there already, on "
                               "line "
                             + std::to_string(place->second)};
    section_ = *key + ".";
    return {};
  }

  parsed<void> read_entry(line_reader& reader, std::size_t line) {
    auto key = reader.read_key();
    if (!key)
      return std::unexpected{std::move(key.error())};
    if (!reader.take('='))
      return std::unexpected{"expected `=` after " + *key};
    auto entry = reader.read_value();
    if (!entry)
      return std::unexpected{section_ + *key + ": " + entry.error()};
    entry->key = section_ + *key;
    entry->line = line;
    const auto [place, is_new] = keys_.emplace(entry->key, line);
    if (!is_new)
      return std::unexpected{entry->key + " is set already, on line "
                             + std::to_string(place->second)};
    entries_.push_back(std::move(*entry));
    return {};
  }

  std::string section_;
  std::vector<file_entry> entries_;
  std::map<std::string, std::size_t> sections_;
  std::map<std::string, std::size_t> keys_;
};

} // namespace

std::expected<std::vector<file_entry>, std::string>
parse_settings(std::string_view text) {
  // Editors of some systems put a byte order mark in front.
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  auto reader = file_reader{};
  for (auto line = std::size_t{1}; !text.empty(); ++line) {
    auto content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), content.size() + 1));
    if (content.ends_with('\r'))
      content.remove_suffix(1);
    if (auto read = reader.read_line(content, line); !read)
      return std::unexpected{"line " + std::to_string(line) + ": "
                             + read.error()};
  }
  return reader.take();
}

} // namespace sluice::config
