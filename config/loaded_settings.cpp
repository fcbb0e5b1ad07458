#include "config/loaded_settings.hpp"

#include "config/nearest.hpp"
#include "config/setting_value.hpp"
#include "config/settings_file.hpp"
#include "config/settings_rules.hpp"
#include "config/settings_table.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace sluice::config {

namespace {

constexpr auto variable_prefix = std::string_view{"SLUICE_"};
constexpr auto file_variable = std::string_view{"SLUICE_CONFIG"};

std::string suggestion(std::string_view name,
                       const std::vector<std::string>& candidates) {
  const auto found = nearest(name, candidates);
  return found.empty() ? std::string{} : "; did you mean " + found + "?";
}

std::vector<std::string> all_keys() {
  auto result = std::vector<std::string>{};
  for (const auto& row : settings_table())
    result.emplace_back(row.key);
  return result;
}

std::vector<std::string> all_variables() {
  auto result = std::vector<std::string>{std::string{file_variable}};
  for (const auto& row : settings_table())
    result.push_back(variable_name(row));
  return result;
}

const setting* find_variable(std::string_view name) {
  for (const auto& row : settings_table())
    if (variable_name(row) == name)
      return &row;
  return nullptr;
}

/// How a value of a setting looks in the file.
value_kind kind_of(const setting& row) {
  if (row.type == setting_type::number)
    return value_kind::number;
  return row.type == setting_type::boolean ? value_kind::boolean
                                           : value_kind::text;
}

std::string_view words(value_kind kind) {
  switch (kind) {
  case value_kind::text:
    return "a text in quotes";
  case value_kind::number:
    return "a whole number without quotes";
  default:
    return "true or false without quotes";
  }
}

std::expected<std::string, std::string> read_file(const std::string& name) {
  errno = 0;
  auto in = std::ifstream{name, std::ios::binary};
  auto content = std::ostringstream{};
  // Of an empty file nothing can be inserted, which is no failure.
  if (in && in.peek() != std::ifstream::traits_type::eof())
    content << in.rdbuf();
  if (in.bad() || !in.is_open())
    return std::unexpected{
        "cannot read the settings file " + name + ": "
        + std::generic_category().message(errno != 0 ? errno : EIO)};
  return content.str();
}

/// Applies one source after the other and gathers every problem, so that
/// nobody has to mend them one by one.
class loader {
public:
  void apply_file(const std::string& name) {
    auto text = read_file(name);
    if (!text) {
      problems_.push_back(std::move(text.error()));
      return;
    }
    auto entries = parse_settings(*text);
    if (!entries) {
      problems_.push_back(name + ", " + entries.error());
      return;
    }
    for (const auto& entry : *entries)
      apply_entry(entry, name);
  }

  void apply_environment(
      const std::vector<std::pair<std::string, std::string>>& environment) {
    for (const auto& [name, text] : environment) {
      if (!name.starts_with(variable_prefix) || name == file_variable)
        continue;
      const auto* row = find_variable(name);
      if (row == nullptr)
        out_.warnings.push_back("the environment variable " + name
                                + " is none of Sluice's"
                                + suggestion(name, all_variables()));
      else if (!text.empty())
        apply(*row, text,
              {source::environment, "environment variable " + name});
    }
  }

  void apply_command_line(
      const std::map<std::string, std::string, std::less<>>& options) {
    for (const auto& [key, text] : options) {
      const auto* row = find_setting(key);
      if (row == nullptr)
        problems_.push_back("there is no setting " + key
                            + suggestion(key, all_keys()));
      else
        apply(*row, text,
              {source::command_line, "option " + option_name(*row)});
    }
  }

  void apply_profile() {
    if (out_.values.limits.profile != limits_profile::d1)
      return;
    const auto defaults = settings{};
    for (const auto& row : settings_table()) {
      if (!row.d1)
        continue;
      const auto& from = out_.origin_of(row.key);
      if (from.from == source::defaults) {
        row.assign_number(out_.values, *row.d1);
        out_.origins.insert_or_assign(std::string{row.key},
                                      origin{source::profile, "profile d1"});
      } else if (from.from == source::file && *row.d1 != row.number(defaults)
                 && row.number(out_.values) == row.number(defaults)) {
        // Someone who copied sluice.toml, which has all keys, may not know.
        out_.warnings.push_back(std::string{row.key}
                                + " keeps its usual default in spite of "
                                  "limits.profile, because it is set ("
                                + from.words + ")");
      }
    }
  }

  std::expected<loaded_settings, std::string> finish() {
    // Rules between settings say nothing of values that did not get in.
    if (problems_.empty())
      problems_ = broken_rules(out_);
    if (problems_.empty())
      return std::move(out_);
    auto message = std::string{};
    for (const auto& problem : problems_)
      message.append(message.empty() ? "" : "\n").append(problem);
    return std::unexpected{std::move(message)};
  }

private:
  void apply_entry(const file_entry& entry, const std::string& file) {
    const auto where = "line " + std::to_string(entry.line) + " of " + file;
    const auto* row = find_setting(entry.key);
    if (row == nullptr)
      problems_.push_back("there is no setting " + entry.key + " (" + where
                          + ")" + suggestion(entry.key, all_keys()));
    else if (entry.kind != kind_of(*row))
      problems_.push_back(entry.key + " (" + where + "): expected "
                          + std::string{words(kind_of(*row))}
                          + "; allowed: " + allowed_values(*row));
    else
      apply(*row, entry.value, {source::file, where});
  }

  void apply(const setting& row, std::string_view text, origin from) {
    if (auto assigned = assign(row, out_.values, text); !assigned)
      problems_.push_back(std::string{row.key} + " (" + from.words
                          + "): " + assigned.error());
    else
      out_.origins.insert_or_assign(std::string{row.key}, std::move(from));
  }

  loaded_settings out_;
  std::vector<std::string> problems_;
};

std::string file_of(const load_input& input) {
  if (!input.file.empty())
    return input.file;
  for (const auto& [name, text] : input.environment)
    if (name == file_variable)
      return text;
  return {};
}

} // namespace

const origin& loaded_settings::origin_of(std::string_view key) const {
  static const auto defaults = origin{};
  const auto found = origins.find(key);
  return found == origins.end() ? defaults : found->second;
}

bool loaded_settings::is_explicit(std::string_view key) const {
  return origin_of(key).from >= source::file;
}

std::expected<loaded_settings, std::string> load(const load_input& input) {
  auto result = loader{};
  if (const auto file = file_of(input); !file.empty())
    result.apply_file(file);
  result.apply_environment(input.environment);
  result.apply_command_line(input.command_line);
  result.apply_profile();
  return result.finish();
}

} // namespace sluice::config
