#include "cli/settings_options.hpp"

#include "cli/terminal.hpp"
#include "config/setting_value.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace sluice::cli {

namespace {

std::vector<std::pair<std::string, std::string>> environment() {
  auto result = std::vector<std::pair<std::string, std::string>>{};
  for (auto** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const auto text = std::string_view{*entry};
    const auto name = text.substr(0, text.find('='));
    result.emplace_back(name,
                        text.substr(std::min(text.size(), name.size() + 1)));
  }
  return result;
}

std::string group_of(const config::setting& row) {
  return row.section().empty() ? std::string{"Settings"}
                               : "Settings of " + std::string{row.section()};
}

std::string type_of(const config::setting& row) {
  switch (row.type) {
  case config::setting_type::number:
    return "NUMBER";
  case config::setting_type::boolean:
    return "BOOLEAN";
  case config::setting_type::text:
    return "TEXT";
  default:
    break;
  }
  auto result = std::string{};
  for (const auto choice : row.choices)
    result.append(result.empty() ? "" : "|").append(choice);
  return result;
}

std::string default_of(const config::setting& row) {
  const auto defaults = config::settings{};
  if (row.type == config::setting_type::text)
    return row.text(defaults);
  if (row.type == config::setting_type::choice)
    return std::string{row.choices[row.number(defaults)]};
  return config::toml_value(row, defaults);
}

bool is_within(const config::setting& row, settings_scope scope) {
  switch (scope) {
  case settings_scope::clients:
    return row.is_for_clients;
  case settings_scope::subjects:
    return row.key == "nats.subject_prefix" || row.key == "nats.queue_group";
  default:
    return true;
  }
}

} // namespace

settings_options::settings_options(CLI::App& app, settings_scope scope) {
  app.add_option("--config", file_,
                 "Settings file; `sluice config default` prints one to begin "
                 "with (SLUICE_CONFIG)")
      ->type_name("FILE")
      ->group("Settings");
  for (const auto& row : config::settings_table())
    if (is_within(row, scope))
      add(app, row);
}

void settings_options::add(CLI::App& app, const config::setting& row) {
  auto& text = texts_[std::string{row.key}];
  const auto name = config::option_name(row);
  const auto help = std::string{row.help};
  // A flag takes no word after it, but --nats-tls=false works.
  auto* option = row.type == config::setting_type::boolean
                     ? app.add_flag(name, text, help)
                     : app.add_option(name, text, help);
  option->group(group_of(row));
  if (row.type != config::setting_type::boolean)
    option->type_name(type_of(row))->default_str(default_of(row));
  options_.emplace_back(row.key, option);
}

result<config::loaded_settings> settings_options::load() const {
  auto input = config::load_input{{}, environment(), file_};
  for (const auto& [key, option] : options_)
    if (option->count() > 0)
      input.command_line.emplace(key, texts_.find(key)->second);
  auto loaded = config::load(input);
  if (!loaded)
    return fail(exit_code::usage, std::move(loaded.error()));
  for (const auto& warning : loaded->warnings)
    complain("warning: " + warning);
  return std::move(*loaded);
}

} // namespace sluice::cli
