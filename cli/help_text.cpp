#include "cli/help_text.hpp"

#include "config/nearest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

namespace sluice::cli {

namespace {

/// What CLI11 leaves of 80 columns for descriptions.
constexpr auto description_columns = std::size_t{50};

std::string wrapped(std::string_view text) {
  auto result = std::string{};
  auto column = std::size_t{0};
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto breaks = column + 1 + word.size() > description_columns;
    if (column > 0)
      result.push_back(breaks ? '\n' : ' ');
    column = word.size() + (breaks || column == 0 ? 0 : column + 1);
    result.append(word);
  }
  return result;
}

/// The innermost command that the line names.
const CLI::App& chosen(const CLI::App& app) {
  const auto subcommands = app.get_subcommands();
  return subcommands.empty() ? app : chosen(*subcommands.front());
}

/// "sluice db create"
std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  const auto before = parent == nullptr ? "" : full_name(*parent) + " ";
  return before + command.get_name();
}

std::vector<std::string> option_names(const CLI::App& app) {
  auto result = std::vector<std::string>{};
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames())
      result.push_back("--" + name);
  return result;
}

std::vector<std::string> command_names(const CLI::App& app) {
  auto result = std::vector<std::string>{};
  for (const auto* command : app.get_subcommands(nullptr))
    result.push_back(command->get_name());
  return result;
}

} // namespace

void wrap_descriptions(CLI::App& app) {
  for (auto* option : app.get_options())
    option->description(wrapped(option->get_description()));
  for (auto* command : app.get_subcommands(nullptr))
    wrap_descriptions(*command);
}

std::string explain(const CLI::App& app, const CLI::ParseError& problem) {
  const auto extras = app.remaining(true);
  const auto& command = chosen(app);
  const auto is_option = [](const std::string& word) {
    return word.starts_with('-');
  };
  const auto option = std::ranges::find_if(extras, is_option);
  const auto commands = command_names(command);
  auto message = std::string{};
  auto suggested = std::string{};
  if (option != extras.end()) {
    const auto name = option->substr(0, option->find('='));
    message = "there is no option " + name;
    suggested = config::nearest(name, option_names(command));
  } else if (!extras.empty() && !commands.empty()) {
    message = "there is no command " + extras.front();
    suggested = config::nearest(extras.front(), commands);
  } else if (!extras.empty()) {
    message = "one argument too many: " + extras.front();
  } else {
    message = problem.what();
  }
  if (!suggested.empty())
    message += "; did you mean " + suggested + "?";
  return message + "\n`" + full_name(command) + " --help` tells more";
}

} // namespace sluice::cli
