#include "config/settings_printer.hpp"

#include "config/setting_value.hpp"
#include "config/settings_table.hpp"

#include <string_view>

namespace sluice::config {

namespace {

constexpr auto columns_max = std::size_t{80};

/// Writes `text` as comment lines of at most 80 columns.
void append_comment(std::string& out, std::string_view text) {
  auto column = columns_max;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    text.remove_prefix(text.empty() ? 0 : 1);
    if (column + 1 + word.size() > columns_max) {
      out.append(out.empty() || out.ends_with('\n') ? "#" : "\n#");
      column = 1;
    }
    out.append(" ").append(word);
    column += 1 + word.size();
  }
  out.append("\n");
}

/// Begins a section where the row is the first of one.
void append_section(std::string& out, const setting& row,
                    std::string_view& section) {
  if (row.section() == section)
    return;
  section = row.section();
  out.append("\n[").append(section).append("]\n");
}

} // namespace

std::string default_settings_file() {
  auto out = std::string{};
  append_comment(out, "The settings of Sluice, each at its default: `sluice "
                      "serve --config sluice.toml`. The command line wins over "
                      "the environment variable named with each, that over "
                      "this file, and that over the default. This file is "
                      "written by `sluice config default`.");
  const auto defaults = settings{};
  auto section = std::string_view{};
  for (const auto& row : settings_table()) {
    append_section(out, row, section);
    out.append("\n");
    append_comment(out, row.help);
    const auto is_text = row.type == setting_type::text;
    append_comment(out, (is_text ? "" : allowed_values(row) + "; ")
                            + variable_name(row));
    out.append(row.name())
        .append(" = ")
        .append(toml_value(row, defaults))
        .append("\n");
  }
  return out;
}

std::string shown_settings(const loaded_settings& loaded) {
  auto out = std::string{};
  auto section = std::string_view{};
  for (const auto& row : settings_table()) {
    append_section(out, row, section);
    out.append(row.name())
        .append(" = ")
        .append(shown_value(row, loaded.values))
        .append(" # ")
        .append(loaded.origin_of(row.key).words)
        .append("\n");
  }
  return out;
}

} // namespace sluice::config
