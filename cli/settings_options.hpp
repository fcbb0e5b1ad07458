#pragma once

#include "cli/cli11.hpp"
#include "cli/failure.hpp"
#include "config/loaded_settings.hpp"
#include "config/settings_table.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

/// Which settings a command takes as options.
enum class settings_scope : std::uint8_t {
  all,      ///< For `serve`.
  clients,  ///< For commands that talk to a server.
  subjects, ///< For those that only name its subjects.
};

/// The options of a command that come from the table of settings, and
/// `--config`. Outlives the parsing of the command line.
class settings_options {
public:
  settings_options(CLI::App& app, settings_scope scope);
  settings_options(const settings_options&) = delete;
  settings_options& operator=(const settings_options&) = delete;

  /// Puts options, environment, file and defaults together; warnings go to
  /// standard error.
  [[nodiscard]] result<config::loaded_settings> load() const;

private:
  void add(CLI::App& app, const config::setting& row);

  std::string file_;
  /// By key; the options write into it, and its nodes do not move.
  std::map<std::string, std::string, std::less<>> texts_;
  std::vector<std::pair<std::string, CLI::Option*>> options_;
};

} // namespace sluice::cli
