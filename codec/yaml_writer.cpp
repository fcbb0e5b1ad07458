#include "codec/yaml_writer.hpp"

#include "codec/json_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::codec {

namespace {

constexpr auto columns_max = std::size_t{80};

constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Words that YAML, in one version or another, reads as something else.
bool is_reserved(std::string_view word) {
  constexpr auto reserved = std::array<std::string_view, 9>{
      "true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  auto lower = std::string{word};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::find(reserved, lower) != reserved.end();
}

/// A text that means itself wherever it stands: fewer than YAML allows.
bool is_plain(std::string_view text, std::string_view inside) {
  return !text.empty() && (is_letter(text.front()) || text.front() == '$')
         && !text.ends_with(' ') && !is_reserved(text)
         && std::ranges::all_of(text.substr(1), [inside](char c) {
              return is_letter(c) || is_digit(c) || inside.contains(c);
            });
}

// No colon and no number sign, which end a text before or behind a blank.
constexpr auto in_block = std::string_view{" _-.,;/()*<>='+?!$"};
constexpr auto in_flow = std::string_view{"_-./$"};

/// In one line. JSON's strings are YAML's.
std::string scalar(std::string_view text, std::string_view inside) {
  return is_plain(text, inside) ? std::string{text} : quoted(text);
}

/// Whether each line can stand as it is in a block of its own.
bool is_block(std::string_view text) {
  return !text.starts_with(' ') && !text.starts_with('\n')
         && !text.ends_with(' ') && !text.ends_with('\n')
         && std::ranges::all_of(text, [](char c) {
              return static_cast<unsigned char>(c) >= ' ' ? c != '\x7f'
                                                          : c == '\n';
            });
}

} // namespace

yaml_writer::yaml_writer() : levels_{level{}} {
  // nop
}

void yaml_writer::comment(std::string_view line) {
  out_.append(levels_.back().indent, ' ').append("# ").append(line) += '\n';
}

/// Up to where a member's name stands.
void yaml_writer::start_line() {
  auto& top = levels_.back();
  if (!std::exchange(top.is_empty, false)) {
    out_.append(top.indent, ' ');
    return;
  }
  if (top.is == kind::element) {
    out_.append(top.indent - 2, ' ') += "- ";
    return;
  }
  // Behind the colon, but for the document itself.
  if (levels_.size() > 1)
    out_ += '\n';
  out_.append(top.indent, ' ');
}

void yaml_writer::start_member(std::string_view key) {
  start_line();
  out_.append(scalar(key, in_flow)) += ':';
}

void yaml_writer::begin(std::string_view key) {
  start_member(key);
  levels_.push_back({kind::mapping, levels_.back().indent + 2});
}

void yaml_writer::begin_list(std::string_view key) {
  start_member(key);
  levels_.push_back({kind::sequence, levels_.back().indent + 2});
}

void yaml_writer::begin_item() {
  auto& list = levels_.back();
  if (std::exchange(list.is_empty, false))
    out_ += '\n';
  levels_.push_back({kind::element, list.indent + 2});
}

void yaml_writer::end() {
  const auto ended = levels_.back();
  levels_.pop_back();
  if (!ended.is_empty)
    return;
  if (ended.is == kind::element)
    out_.append(ended.indent - 2, ' ') += "- {}\n";
  else
    out_ += ended.is == kind::sequence ? " []\n" : " {}\n";
}

void yaml_writer::text(std::string_view key, std::string_view value) {
  start_member(key);
  const auto indent = levels_.back().indent;
  const auto in_line = scalar(value, in_block);
  const auto is_long = indent + key.size() + 2 + in_line.size() > columns_max;
  if (is_block(value) && value.contains('\n'))
    write_lines(value, indent + 2);
  else if (is_long && is_block(value) && !value.contains("  "))
    write_folded(value, indent + 2);
  else
    out_.append(" ").append(in_line) += '\n';
}

/// Lines that are read as one, with a blank for each break.
void yaml_writer::write_folded(std::string_view value, std::size_t indent) {
  out_ += " >-\n";
  auto column = std::size_t{0};
  while (!value.empty()) {
    const auto word = value.substr(0, value.find(' '));
    value.remove_prefix(std::min(value.size(), word.size() + 1));
    const auto fits = column + 1 + word.size() <= columns_max;
    if (column != 0)
      out_ += fits ? ' ' : '\n';
    if (column == 0 || !fits) {
      out_.append(indent, ' ');
      column = indent;
    } else {
      ++column;
    }
    out_ += word;
    column += word.size();
  }
  out_ += '\n';
}

void yaml_writer::write_lines(std::string_view value, std::size_t indent) {
  out_ += " |-\n";
  while (!value.empty()) {
    const auto line = value.substr(0, value.find('\n'));
    value.remove_prefix(std::min(value.size(), line.size() + 1));
    if (!line.empty())
      out_.append(indent, ' ').append(line);
    out_ += '\n';
  }
}

void yaml_writer::integer(std::string_view key, std::int64_t value) {
  start_member(key);
  out_.append(" ").append(std::to_string(value)) += '\n';
}

void yaml_writer::boolean(std::string_view key, bool value) {
  start_member(key);
  out_ += value ? " true\n" : " false\n";
}

void yaml_writer::texts(std::string_view key,
                        std::span<const std::string_view> values) {
  start_member(key);
  const auto indent = levels_.back().indent;
  out_ += " [";
  auto column = indent + key.size() + 3;
  for (auto i = std::size_t{0}; i < values.size(); ++i) {
    const auto value = scalar(values[i], in_flow);
    out_ += i == 0 ? "" : ",";
    if (i != 0 && column + value.size() + 3 > columns_max) {
      out_ += '\n';
      out_.append(indent + 4, ' ');
      column = indent + 4;
    } else if (i != 0) {
      out_ += ' ';
    }
    out_ += value;
    column += value.size() + 2;
  }
  out_ += "]\n";
}

void yaml_writer::lines(std::string_view members) {
  while (!members.empty()) {
    const auto line = members.substr(0, members.find('\n'));
    members.remove_prefix(std::min(members.size(), line.size() + 1));
    if (line.empty())
      continue;
    start_line();
    out_.append(line) += '\n';
  }
}

std::string yaml_writer::take() {
  levels_.assign(1, level{});
  return std::exchange(out_, {});
}

} // namespace sluice::codec
